/** Makes the changes, each shown before it is made. One that fails does not keep the others from being made. */
import type { Area, Change } from "./finding.ts";
import { explain } from "./read.ts";

export interface Outcome {
  made: Change["lines"];
  failed: { what: string; why: string }[];
}

export async function applyChanges(
  { changes }: Area,
  dryRun: boolean,
  say: (line: string) => void,
): Promise<Outcome> {
  const outcome: Outcome = { made: [], failed: [] };
  for (const { lines, permission, apply } of changes) {
    for (const { what, from, to } of lines)
      say(`${dryRun ? "would change" : "change"}  ${what}: ${from} → ${to}`);
    if (dryRun) continue;
    try {
      await apply();
      outcome.made.push(...lines);
    } catch (error) {
      const failure = { what: lines.map(({ what }) => what).join("; "), why: explain(error, permission) };
      outcome.failed.push(failure);
      say(`FAILED  ${failure.what}: ${failure.why}`);
    }
  }
  return outcome;
}
