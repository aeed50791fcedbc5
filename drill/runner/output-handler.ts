import { parseCommand } from "./commands.ts";
import type { JobExecution } from "./job-execution.ts";

/** Reads a step's output line by line: obeys workflow commands and logs the rest. */

const LEVELS: Readonly<Record<string, "failure" | "warning" | "notice">> = {
  error: "failure",
  warning: "warning",
  notice: "notice",
};

/** Commands that the runner no longer obeys, or is about to, with the file that replaces each. */
const REFUSED: Readonly<Record<string, string>> = {
  "set-output": "GITHUB_OUTPUT",
  "save-state": "GITHUB_STATE",
  "set-env": "GITHUB_ENV",
  "add-path": "GITHUB_PATH",
};

const QUIET = new Set([
  "group",
  "endgroup",
  "debug",
  "echo",
  "add-mask",
  "stop-commands",
  "add-matcher",
  "remove-matcher",
]);

export class OutputHandler {
  readonly #execution: JobExecution;
  #resumeToken: string | null = null;
  /** Set when a command was refused; the step fails. */
  failed = false;

  constructor(execution: JobExecution) {
    this.#execution = execution;
  }

  line(line: string): void {
    const { log } = this.#execution;
    const command = parseCommand(line);
    if (command === null) {
      log.write(line);
      return;
    }
    if (this.#resumeToken !== null) {
      if (command.name === this.#resumeToken) this.#resumeToken = null;
      log.write(line);
      return;
    }
    this.#obey(line, command.name.toLowerCase(), command.properties, command.data);
  }

  #obey(line: string, name: string, properties: Readonly<Record<string, string>>, data: string): void {
    const { log, masker } = this.#execution;
    const level = LEVELS[name];
    const replacement = REFUSED[name];
    if (level) this.#annotate(level, properties, data);
    else if (replacement)
      this.#refuse(
        line,
        `The \`${name}\` command is disabled. Please upgrade to using Environment Files (${replacement}).`,
      );
    else if (name === "add-mask") {
      if (data.trim() === "")
        this.#execution.annotate(
          "warning",
          "Can't add secret mask for empty string in ##[add-mask] command.",
        );
      masker.add(data);
      log.write("::add-mask::***");
    } else if (name === "stop-commands") this.#stop(line, data);
    else if (name === "debug") {
      if (this.#execution.debug) log.write(`##[debug]${data}`);
    } else if (name === "group" || name === "endgroup") log.write(`##[${name}]${data}`);
    else if (name === "add-matcher" || name === "remove-matcher") {
      this.#execution.annotate(
        "warning",
        `Problem matchers are not supported here, '${name}' has no effect.`,
      );
    } else if (name !== "echo") log.write(line);
  }

  #annotate(
    level: "failure" | "warning" | "notice",
    properties: Readonly<Record<string, string>>,
    data: string,
  ): void {
    const number = (key: string) => (/^\d+$/.test(properties[key] ?? "") ? Number(properties[key]) : null);
    this.#execution.annotate(level, data, {
      title: properties.title ?? null,
      file: properties.file ?? null,
      line: number("line"),
      endLine: number("endLine"),
      column: number("col"),
      endColumn: number("endColumn"),
    });
  }

  #stop(line: string, token: string): void {
    const known = token in LEVELS || token in REFUSED || QUIET.has(token) || token === "pause-logging";
    if (token === "" || known) {
      this.#refuse(
        line,
        `Invalid stop-commands token '${token}'. It must be unique and not a command's name.`,
      );
      return;
    }
    this.#resumeToken = token;
    this.#execution.log.write(line);
  }

  #refuse(line: string, message: string): void {
    this.failed = true;
    this.#execution.annotate("failure", `Unable to process command '${line}' successfully.`);
    this.#execution.annotate("failure", message);
  }
}
