import type { Row, Snapshot } from "./snapshot.ts";

/** Which incidents a run concerns itself with. Pure. */

/** How many of those that nothing points to are looked at in a run, so that nothing stays hidden for long. */
const LOOKED_AT = { open: 18, settled: 2 } as const;

export interface Choice {
  /** Their ledgers are read. */
  read: string[];
  /** It is made sure that their ledgers are as long as they were; those that are not are read. */
  look: string[];
}

/**
 * Read is what is new, what is due, what an improvement was closed of, what was closed itself, and everything that is not
 * settled once the rules have changed. Looked at is what else has changed on GitHub, and a few of those that were not
 * looked at for the longest.
 *
 * @param here the incidents that the vault holds anything of.
 * @param changed the state of the issues that have changed since the snapshot, by number.
 */
export function choose(
  snapshot: Snapshot | undefined,
  here: readonly string[],
  changed: ReadonlyMap<number, string>,
  rules: string,
  now: Date,
): Choice {
  const rows = new Map(Object.entries(snapshot?.incidents ?? {}));
  const ruled = snapshot?.rules !== rules;
  const present = new Set(here);
  const read = [...new Set([...here, ...rows.keys()])].filter((incident) => {
    const row = rows.get(incident);
    // What has vanished from the vault is read, too, and that fails.
    if (!row || !present.has(incident) || (ruled && !isSettled(row))) return true;
    const due = row.next !== null && Date.parse(row.next) <= now.getTime();
    const closed = changed.get(numberOf(incident)) === "closed";
    return due || closed || row.improvements.some((issue) => changed.has(issue));
  });
  const chosen = new Set(read);
  const others = [...rows].filter(([incident]) => !chosen.has(incident));
  const touched = others.filter(([incident]) => changed.has(numberOf(incident)));
  const quiet = others
    .filter((other) => !touched.includes(other))
    .sort(([, one], [, other]) => Date.parse(one.lookedAt) - Date.parse(other.lookedAt));
  const open = quiet.filter(([, row]) => !isSettled(row)).slice(0, LOOKED_AT.open);
  const settled = quiet.filter(([, row]) => isSettled(row)).slice(0, LOOKED_AT.settled);
  return {
    read: read.sort(byNumber),
    look: [...touched, ...open, ...settled].map(([incident]) => incident).sort(byNumber),
  };
}

/** Nothing is open any more. */
export function isSettled({ open, improvements }: Row): boolean {
  return open.length === 0 && improvements.length === 0;
}

export function byNumber(one: string, other: string): number {
  return numberOf(one) - numberOf(other);
}

function numberOf(incident: string): number {
  return Number(incident.replace("INC-", ""));
}
