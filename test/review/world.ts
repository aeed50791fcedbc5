import type { IncidentFacts, LedgerEntry } from "../../src/incident/entries.ts";
import { readReview } from "../../src/review/fields.ts";
import type { RecordData } from "../../src/review/record-data.ts";
import { recordData } from "../../src/review/record-text.ts";
import { renderReview } from "../../src/review/template.ts";
import { TO_BE_WRITTEN } from "../../src/review/written.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

/** An incident from the first sign to the review, and what people wrote of it. */

export const runbook = ownRunbook();
export const DUE = "2026-11-27";
const PAGES = "https://github.example/acme/platform/issues";

export function story(changes: Partial<IncidentFacts> = {}): LedgerBuilder {
  const at = (time: string) => `2026-11-21T${time}Z`;
  return new LedgerBuilder()
    .add("declared", facts(changes), at("03:00:00"))
    .add(
      "acknowledged",
      { by: { login: "oncall", name: "Olga" }, note: null, severity: "high" },
      at("03:20:30"),
    )
    .add(
      "capture-sealed",
      {
        capture: "7001",
        manifestKey: "incidents/INC-42/captures/7001/manifest.json",
        manifestSha256: "a".repeat(64),
        manifestVersionId: null,
        complete: true,
        items: 3,
        bytes: 1000,
        sources: [],
      },
      at("03:30:00"),
    )
    .add(
      "gate-refused",
      { action: "scale-down", refusals: [{ reason: "self-approval", message: "m", remedy: "r" }] },
      at("04:00:00"),
    )
    .add(
      "change-intended",
      {
        action: "scale-down",
        step: "scale-to-zero",
        target: "svc",
        from: { desiredCount: 2, remembered: 3 },
        to: {},
      },
      at("05:00:00"),
    )
    .add(
      "change-made",
      { action: "scale-down", step: "scale-to-zero", target: "svc", outcome: {} },
      at("05:00:01"),
    )
    .add("contained", { action: "scale-down", summary: "scaled down", details: {} }, at("05:30:00"))
    .add("review-opened", { issue: 43, url: `${PAGES}/43`, due: DUE }, at("05:31:00"));
}

export function written(
  entries: readonly LedgerEntry[],
  [rootCause, actionsTaken, improvements]: readonly [string, string, string] = [
    "A client in a loop",
    "We scaled it down",
    "Alarms that come earlier",
  ],
): string {
  const [first, second, third, last] = renderReview("INC-42", 42, entries, runbook, DUE).split(TO_BE_WRITTEN);
  return [first, rootCause, second, actionsTaken, third, improvements, last].join("");
}

/** What the record of an incident with these fields says. */
export function dataOf(
  body: string,
  entries: readonly LedgerEntry[],
  closedAt = "2026-11-25T10:00:00.000Z",
): RecordData {
  const { fields } = readReview(body, entries, runbook);
  return recordData(entries, runbook, fields, { number: 43, url: `${PAGES}/43`, closedAt });
}
