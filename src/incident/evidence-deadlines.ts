import type { Runbook } from "../runbook/schema.ts";
import { awaitedSources } from "./awaited.ts";
import { type Deadline, leaderOf, moment, type Responsible } from "./deadline.ts";
import type { LedgerEntry } from "./entries.ts";
import { viewsOf } from "./mcps.ts";
import { ofKind } from "./state.ts";

/** The sweep comes every hour: two of them have failed when a source that it gives up is still open. */
const SWEEP_GRACE_MS = 2 * 3_600_000;

/** What others have been asked to deliver, and what the sweep has not brought to its end. */
export function evidenceDeadlines(entries: readonly LedgerEntry[], runbook: Runbook): Deadline[] {
  const leader = leaderOf(entries);
  return viewsOf(entries).flatMap(({ mcp, entries: view }, index) => {
    const requests = requestsOf(view, runbook, index === 0 ? "" : `${mcp}/`, leader);
    const asked = new Set(requests.filter(({ deadline }) => !deadline.done).map(({ source }) => source));
    const unswept = awaitedSources(view)
      .filter(({ awaited }) => !asked.has(awaited.source))
      .map(({ capture, sealedAt, awaited: { source, until } }): Deadline => {
        return {
          id: `sweep/${capture}/${source}`,
          what: `Sweep: bring ${sourceOf(source, runbook).name} of capture ${capture} to its end`,
          begun: new Date(sealedAt),
          due: new Date(Date.parse(until) + SWEEP_GRACE_MS),
          lastDay: null,
          done: null,
          responsible: [leader],
          reminders: "after",
        };
      });
    return [...requests.map(({ deadline }) => deadline), ...unswept];
  });
}

/** @param place before the names of requests, which two mcps may share. */
function requestsOf(
  view: readonly LedgerEntry[],
  runbook: Runbook,
  place: string,
  leader: Responsible,
): { source: string; deadline: Deadline }[] {
  const settled = ofKind(view, "request-settled");
  return ofKind(view, "evidence-requested")
    .filter(isOfPeople)
    .map((entry) => {
      const { request, source, deadline: until } = entry.data;
      const { name, contact } = sourceOf(source, runbook);
      const deadline: Deadline = {
        id: `request/${place}${request}`,
        what: `Deliver evidence: ${name}`,
        begun: moment(entry),
        due: new Date(until),
        lastDay: null,
        done: settled.find(({ data }) => data.request === request) ?? null,
        responsible: [...(contact === undefined ? [] : [{ contact }]), leader],
        reminders: "before and after",
      };
      return { source, deadline };
    });
}

/** A service that was asked keeps no deadline; the sweep follows it. */
function isOfPeople({ data }: LedgerEntry<"evidence-requested">): boolean {
  return data.text !== null;
}

function sourceOf(id: string, { evidence }: Runbook): { name: string; contact?: string | undefined } {
  return Object.entries(evidence.sources).find(([source]) => source === id)?.[1] ?? { name: id };
}
