import { STEPS } from "../containment/steps.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { viewsOf } from "../incident/mcps.ts";
import { ofKind } from "../incident/state.ts";

/**
 * What the incident cost in service time, as far as Firebreak's own changes go: the ledger knows when it took tasks away
 * and when they ran again. What the attack itself cost is in no ledger. Pure.
 */

export interface Outage {
  mcp: string;
  /** `none`: the service stood at 0. `fewer`: tasks were stopped one by one, and ECS started others. */
  serving: "none" | "fewer";
  /** How many tasks were taken away. */
  tasks: number;
  /** ISO 8601 in UTC; `to` is null while they have not come back. */
  from: string;
  to: string | null;
  /** Whole minutes, rounded up, to the newest entry where it goes on. */
  minutes: number;
}

/** Every time that an mcp had fewer tasks than desired, the oldest first. */
export function outages(entries: readonly LedgerEntry[]): Outage[] {
  const newest = entries.at(-1)?.at ?? "";
  return viewsOf(entries)
    .flatMap(({ mcp, entries: view }) => [
      ...atZero(view).map((outage) => ({ mcp, ...outage })),
      ...stopped(view).map((outage) => ({ mcp, ...outage })),
    ])
    .map((outage) => ({ ...outage, minutes: minutesBetween(outage.from, outage.to ?? newest) }))
    .sort((a, b) => a.from.localeCompare(b.from));
}

type Found = Omit<Outage, "mcp" | "minutes">;

/** From the call that set 0 to the proof that the tasks ran again. Doing it again while it stands at 0 begins nothing. */
function atZero(view: readonly LedgerEntry[]): Found[] {
  const found: Found[] = [];
  for (const entry of view) {
    const open = found.at(-1)?.to === null ? found.at(-1) : undefined;
    if (entry.kind === "change-made" && entry.data.step === STEPS.scaleToZero && !open)
      found.push({ serving: "none", tasks: rememberedTasks(view, entry), from: entry.at, to: null });
    if (open && runsAgain(entry)) open.to = entry.at;
  }
  return found;
}

function runsAgain(entry: LedgerEntry): boolean {
  if (entry.kind === "restored") return true;
  return entry.kind === "change-verified" && entry.data.step === STEPS.restoreDesiredCount;
}

/** What the service had before: the entry of the intent remembers it. */
function rememberedTasks(view: readonly LedgerEntry[], made: LedgerEntry): number {
  const intent = ofKind(view, "change-intended").findLast(
    ({ sequence, data }) => sequence < made.sequence && data.step === STEPS.scaleToZero,
  );
  return Number(intent?.data.from.remembered ?? intent?.data.from.desiredCount ?? 0);
}

/** Tasks stopped under a revoked role: from the call to the proof, at which ECS may have started others. */
function stopped(view: readonly LedgerEntry[]): Found[] {
  return ofKind(view, "change-made")
    .filter(({ data }) => data.step === STEPS.stopTasks)
    .map((made) => {
      const proof = ofKind(view, "change-verified").find(
        ({ sequence, data }) => sequence > made.sequence && data.step === STEPS.stopTasks,
      );
      const tasks = Array.isArray(made.data.outcome.tasks) ? made.data.outcome.tasks.length : 0;
      return { serving: "fewer" as const, tasks, from: made.at, to: proof?.at ?? null };
    })
    .filter(({ tasks }) => tasks > 0);
}

function minutesBetween(from: string, to: string): number {
  return Math.max(0, Math.ceil((Date.parse(to) - Date.parse(from)) / 60_000));
}
