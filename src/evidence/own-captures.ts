import type { IncidentRecord } from "../incident/record.ts";
import { type SealedCapture, sealedCaptures } from "./manifest.ts";

/**
 * The sealed captures that a record's mcp has to answer for, newest seal first: all of the incident but those of its
 * other mcps. One that claims to be of an mcp that the incident does not have is left in, for whoever checks seals.
 */
export async function ownCaptures({
  vault,
  id,
  target,
  mcps,
}: Pick<IncidentRecord, "vault" | "id" | "target" | "mcps">): Promise<SealedCapture[]> {
  const others = mcps.filter((mcp) => mcp !== target.mcp);
  return (await sealedCaptures(vault, id)).filter(({ manifest }) => !others.includes(manifest.mcp));
}
