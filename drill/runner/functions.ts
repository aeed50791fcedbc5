import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { data } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";

/**
 * The functions that GitHub adds to the expression engine's own: the status checks and `hashFiles`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 */

export type Functions = Readonly<Record<string, FunctionDefinition>>;

export interface JobStatusFacts {
  /** Results of every ancestor of the job, by job id. */
  ancestors: ReadonlyMap<string, "success" | "failure" | "cancelled" | "skipped">;
  cancelled: boolean;
}

/** Status functions of a job's `if`: `success()` and `failure()` look at every ancestor, not only at `needs`. */
export function jobStatusFunctions(facts: JobStatusFacts): Functions {
  const chosen = (names: data.ExpressionData[]) =>
    names.length === 0
      ? [...facts.ancestors.values()]
      : names.map((name) => facts.ancestors.get(name.coerceString()) ?? "skipped");
  return {
    always: status("always", () => true),
    cancelled: status("cancelled", () => facts.cancelled),
    failure: status("failure", (names) => !facts.cancelled && chosen(names).includes("failure")),
    success: status(
      "success",
      (names) => !facts.cancelled && chosen(names).every((result) => result === "success"),
    ),
  };
}

/** Status functions of a step's `if`: they look at the job as it stands when the step is reached. */
export function stepStatusFunctions(current: () => "success" | "failure" | "cancelled"): Functions {
  return {
    always: status("always", () => true),
    cancelled: status("cancelled", () => current() === "cancelled"),
    failure: status("failure", () => current() === "failure"),
    success: status("success", () => current() === "success"),
  };
}

function status(name: string, check: (args: data.ExpressionData[]) => boolean): FunctionDefinition {
  return {
    name,
    minArgs: 0,
    maxArgs: Number.MAX_SAFE_INTEGER,
    call: (...args) => new data.BooleanData(check(args)),
  };
}

/**
 * `hashFiles(pattern, ...)`: SHA-256 over the SHA-256 of each matching file of the workspace, empty when none
 * matches. A pattern that begins with `!` takes files away.
 */
export function hashFilesFunction(workspace: string): Functions {
  return {
    hashfiles: {
      name: "hashFiles",
      minArgs: 1,
      maxArgs: 255,
      call: (...patterns) =>
        new data.StringData(
          hashFiles(
            workspace,
            patterns.map((p) => p.coerceString()),
          ),
        ),
    },
  };
}

function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const excluded = pattern.startsWith("!");
    for (const file of globSync(excluded ? pattern.slice(1) : pattern, { cwd: workspace })) {
      if (excluded) files.delete(file);
      else if (statSync(join(workspace, file)).isFile()) files.add(file);
    }
  }
  if (files.size === 0) return "";
  const hash = createHash("sha256");
  for (const file of [...files].sort()) {
    hash.update(
      createHash("sha256")
        .update(readFileSync(join(workspace, file)))
        .digest(),
    );
  }
  return hash.digest("hex");
}
