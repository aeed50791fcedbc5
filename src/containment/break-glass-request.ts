import { codeBlock, codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord } from "../incident/record.ts";

/** What the reviewers of a broken glass read before they decide, beside the plan: why, and what the gate misses. */
export function breakGlassRequest(record: IncidentRecord, reason: string, who: string): string {
  const refusals = record.latest("gate-refused")?.data.refusals ?? [];
  const missing = refusals.map(({ reason: why, message }) => `[${why}] ${message}`).join("\n");
  const environment = record.target.breakGlassEnvironment ?? "";
  return [
    `> [!CAUTION]\n> ${codeSpan(who)} asks to **break the glass** of ${record.id}: to contain it without the evidence that the gate requires. Who approves in ${codeSpan(environment)} takes it upon them that this evidence may be lost for good.`,
    "",
    codeBlock(reason),
    "",
    missing === "" ? "The gate has refused nothing so far." : "What the gate last refused for:",
    ...(missing === "" ? [] : ["", codeBlock(missing)]),
    "",
  ].join("\n");
}
