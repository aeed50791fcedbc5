import { badInput, quoted } from "../errors.ts";
import { WORKFLOW_BOT } from "../incident/person.ts";
import type { RunContext } from "../ports.ts";
import { REVOCATIONS, type Revocation } from "../runbook/schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every action takes. */
export interface CommonInputs {
  environment: string;
  runbook: string;
  githubToken: string;
  dryRun: boolean;
}

/** GitHub's limit for all the inputs of one dispatch together. */
const LONGEST = 65_535;

/** Reads an action's inputs as the runner passes them (`INPUT_*`) and rejects junk by the input's name. */
export class InputReader {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Text, trimmed; undefined when empty. @throws FirebreakError beyond `max` characters. */
  optional(name: string, max = LONGEST): string | undefined {
    const value = (this.#env[variable(name)] ?? "").trim();
    if (value.length > max) {
      throw badInput(name, `is ${value.length} characters long`, `Give at most ${max} characters.`);
    }
    return value === "" ? undefined : value;
  }

  /** Whether anything was given, be it blanks. */
  given(name: string): boolean {
    return (this.#env[variable(name)] ?? "") !== "";
  }

  required(name: string, max = LONGEST): string {
    const value = this.optional(name, max);
    if (value === undefined) throw badInput(name, "is missing", `Give '${name}'.`);
    return value;
  }

  /** One line of text for people: no line breaks, no control or invisible characters. */
  line(name: string, max: number): string | undefined {
    const value = this.optional(name, max);
    if (value !== undefined && /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(value)) {
      throw badInput(
        name,
        "holds a line break, a control character or an invisible character",
        "Write it as one line of plain text.",
      );
    }
    return value;
  }

  /** A text in words: no control characters but line breaks and tabs. @param ask what to write. */
  words(name: string, ask: string): string {
    const value = this.required(name, 10_000);
    if (/[^\P{Cc}\r\n\t]/u.test(value) || !/[\p{L}\p{N}]/u.test(value)) {
      throw badInput(name, "is no plain text", ask);
    }
    return value;
  }

  boolean(name: string): boolean {
    const value = this.optional(name, 20) ?? "false";
    if (/^true$/i.test(value)) return true;
    if (/^false$/i.test(value)) return false;
    throw badInput(name, `is neither true nor false: ${quoted(value)}`, "Give true or false.");
  }

  /** A whole number in decimal digits from `min` to `max`; undefined when empty. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.optional(name, 40);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d{1,15}$/.test(value) || number < min || number > max) {
      throw badInput(
        name,
        `is not a whole number from ${min} to ${max}: ${quoted(value)}`,
        `Give a whole number from ${min} to ${max}.`,
      );
    }
    return number;
  }

  /**
   * A moment as ISO 8601 with a time zone, for example `2026-11-21T02:40:00Z` or `…+01:00`; undefined when empty.
   * Days that do not exist are refused, not rolled over.
   */
  instant(name: string): Date | undefined {
    const value = this.optional(name, 60);
    if (value === undefined) return undefined;
    const match =
      /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/.exec(
        value,
      );
    const [year, month, day] = (match ?? []).slice(1, 4).map(Number);
    const exists =
      match && month && day && month <= 12 && day <= new Date(Date.UTC(year ?? 0, month, 0)).getUTCDate();
    if (!exists) {
      throw badInput(
        name,
        `is not a date and time with a time zone: ${quoted(value)}`,
        "Write it like 2026-11-21T02:40:00Z.",
      );
    }
    return new Date(value);
  }

  /** One of `options`. */
  oneOf<Option extends string>(name: string, options: readonly Option[]): Option {
    const value = this.required(name, 200);
    const found = options.find((option) => option === value);
    if (found === undefined)
      throw badInput(name, `is not known: ${quoted(value)}`, `Give one of ${options.join(", ")}.`);
    return found;
  }

  /** What is taken from a role; undefined when empty: then the runbook says it. */
  revocation(name = "revoke"): Revocation | undefined {
    return this.optional(name, 40) === undefined ? undefined : this.oneOf(name, REVOCATIONS);
  }

  /** A GUID in small letters, like a credential's key id; undefined when empty. */
  guid(name: string): string | undefined {
    const value = this.optional(name, 60);
    if (value !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
      throw badInput(
        name,
        `is not a GUID: ${quoted(value)}`,
        "Give an id like 11111111-2222-3333-4444-555555555555.",
      );
    }
    return value?.toLowerCase();
  }

  /** The incident's number; `INC-42` and `42` are the same. */
  incident(name = "incident"): number {
    const value = this.required(name, 40);
    const match = /^(?:INC-)?([1-9]\d{0,9})$/.exec(value);
    if (!match)
      throw badInput(
        name,
        `is not an incident: ${quoted(value)}`,
        "Give the issue's number, for example 42 or INC-42.",
      );
    return Number(match[1]);
  }

  /** A path inside the repository; undefined when empty. */
  path(name: string): string | undefined {
    const value = this.line(name, 300);
    if (value !== undefined && (value.startsWith("/") || value.split("/").includes(".."))) {
      throw badInput(
        name,
        `leads out of the repository: ${quoted(value)}`,
        "Give a path relative to the repository's root.",
      );
    }
    return value;
  }

  common(): CommonInputs {
    return {
      environment: this.required("environment", 60),
      runbook: this.path("runbook") ?? "runbook.yml",
      githubToken: this.required("github-token", 2000),
      dryRun: this.boolean("dry-run"),
    };
  }
}

/** Where the runner puts an input. */
function variable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/**
 * Where the job runs, and on whose behalf. Of a scheduled run GitHub names as the actor whoever last touched its
 * schedule, who knows nothing of the run, so the workflow itself stands for it; somebody who runs it again is named.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
 * @throws FirebreakError outside a GitHub Actions job.
 */
export function readContext(env: Environment): RunContext & { apiUrl: string } {
  const value = (name: string): string => {
    const found = env[name];
    if (!found)
      throw badInput(name, "is missing from the environment", "Run this as a step of a GitHub Actions job.");
    return found;
  };
  const [owner = "", repo = ""] = value("GITHUB_REPOSITORY").split("/");
  const runAttempt = Number(value("GITHUB_RUN_ATTEMPT"));
  const bySchedule = env.GITHUB_EVENT_NAME === "schedule" && runAttempt === 1;
  return {
    owner,
    repo,
    runId: Number(value("GITHUB_RUN_ID")),
    runAttempt,
    job: value("GITHUB_JOB"),
    workflow: env.GITHUB_WORKFLOW ?? "",
    actor: bySchedule ? WORKFLOW_BOT : env.GITHUB_TRIGGERING_ACTOR || value("GITHUB_ACTOR"),
    serverUrl: value("GITHUB_SERVER_URL"),
    apiUrl: value("GITHUB_API_URL"),
    workspace: value("GITHUB_WORKSPACE"),
    ...(env.GITHUB_EVENT_PATH ? { eventPath: env.GITHUB_EVENT_PATH } : {}),
  };
}
