import type { LedgerEntry } from "../incident/entries.ts";
import type { CheckContext } from "./request.ts";

/** The plan that this workflow run recorded last: what the reviewer saw. */
export function recordedPlan({
  deps,
  record,
}: Pick<CheckContext, "deps" | "record">): LedgerEntry<"planned"> | undefined {
  return record.all("planned").findLast(({ data }) => data.runId === deps.context.runId);
}
