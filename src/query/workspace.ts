import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FirebreakError } from "../errors.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Layout } from "./columns.ts";
import { type Engine, openEngine } from "./engine.ts";

/** Opens an engine in a folder that only this process reads, and removes both whatever happens. */
export async function withEngine<Result>(
  library: string,
  work: (engine: Engine, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "firebreak-query-"));
  try {
    const engine = await openEngine(library, folder);
    try {
      return await work(engine, folder);
    } finally {
      engine.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws FirebreakError `not-in-runbook` when the runbook does not say how audit records are laid out. */
export function layoutOf(runbook: Runbook): Layout {
  if (runbook.query) return { settings: runbook.query, timeZone: runbook.time_zone };
  throw new FirebreakError(
    "not-in-runbook",
    "The runbook does not say how audit records are laid out, so nothing can be asked of them.",
    "Add the section `query` to the runbook; docs/query.md says what it holds.",
  );
}
