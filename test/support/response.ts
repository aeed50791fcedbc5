import type { EntryData } from "../../src/incident/entries.ts";
import type { Runbook } from "../../src/runbook/schema.ts";

/** Entries about people and steps, for ledgers of tests. */

export function confirmedStep(
  step: string,
  changes: Partial<EntryData<"step-confirmed">> = {},
): EntryData<"step-confirmed"> {
  return {
    step,
    text: step,
    by: "Olga Oncall",
    at: "2026-11-21T03:30:00.000Z",
    note: "done as the runbook has it",
    confirmedBy: { login: "oncall", name: "Olga Oncall" },
    planSha256: null,
    ...changes,
  };
}

/** A complete capture of everything that the runbook collects. */
export function sealedCapture({ evidence }: Runbook): EntryData<"capture-sealed"> {
  return {
    capture: "7001",
    manifestKey: "incidents/INC-42/captures/7001/manifest.json",
    manifestSha256: "c".repeat(64),
    manifestVersionId: "v1",
    complete: true,
    items: 12,
    bytes: 3456,
    sources: evidence.collect.map((source) => ({ source, status: "complete", items: 1, gaps: 0 })),
  };
}
