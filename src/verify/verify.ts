import type { Trust } from "./companions.ts";
import type { Verdict } from "./finding.ts";
import { type IncidentReport, verifyIncident } from "./incident.ts";
import type { EvidenceStore } from "./store.ts";
import { reportLines } from "./words.ts";

/** What a verification says, of one incident or of all in one place. */
export interface Report {
  schema: "firebreak/verification/v1";
  /** What was verified, as it was asked for. */
  target: string;
  checkedAt: string;
  verdict: Verdict;
  incidents: IncidentReport[];
}

/**
 * Verifies incidents one after the other. Changes nothing.
 * @throws whatever the store throws when it cannot be reached at all; one object that cannot be read is a finding.
 */
export async function verify(
  store: EvidenceStore,
  target: string,
  incidents: readonly string[],
  now: Date,
  trust: Trust = {},
): Promise<Report> {
  const reports: IncidentReport[] = [];
  for (const incident of incidents) reports.push(await verifyIncident(store, incident, trust));
  return {
    schema: "firebreak/verification/v1",
    target,
    checkedAt: now.toISOString(),
    verdict: worst(reports.map(({ verdict }) => verdict)),
    incidents: reports,
  };
}

/** The report for people: every incident, then the verdict over all when there are several. */
export function describeReport(report: Report): string {
  const { incidents, verdict } = report;
  const blocks = incidents.map((incident) => reportLines(incident).join("\n"));
  const bad = incidents.filter((incident) => incident.verdict !== "verified").map(({ incident }) => incident);
  const total = `${incidents.length} incidents, ${incidents.length - bad.length} verified${bad.length > 0 ? `; not: ${bad.join(", ")}` : ""}`;
  return [...blocks, ...(incidents.length > 1 || verdict === "could-not-check" ? [total] : [])].join("\n\n");
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("not-verified")) return "not-verified";
  return verdicts.includes("could-not-check") || verdicts.length === 0 ? "could-not-check" : "verified";
}
