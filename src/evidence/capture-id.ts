import type { IncidentRecord } from "../incident/record.ts";
import type { RunContext } from "../ports.ts";
import { listCaptures, readManifest, type SealedCapture } from "./manifest.ts";

/** What this run has to do: collect into a capture, or nothing but to announce one that is sealed. */
export type CaptureChoice = { sealed: SealedCapture } | { collect: string };

/**
 * Chooses the capture of this workflow run: its run id, or `<run id>-<attempt>` once an earlier attempt's is sealed; of
 * an mcp that joined the incident `.<mcp>` follows, since one run may preserve several. No name of an mcp holds a point.
 * What adds to capture 7001 is called `7001_<run id>`: one run may add to several captures of an incident.
 *
 * A capture that was begun and not sealed is continued, by whatever attempt. One that this attempt sealed, or that was
 * sealed and never `announced` in the ledger because the run was killed in between, is finished instead.
 */
export async function chooseCapture(
  { vault, id, joined, target }: Pick<IncidentRecord, "vault" | "id" | "joined" | "target">,
  run: RunContext,
  announced: (capture: string) => boolean,
  addsTo?: string,
): Promise<CaptureChoice> {
  const base = addsTo === undefined ? `${run.runId}` : `${addsTo}_${run.runId}`;
  const end = addsTo === undefined && joined ? `.${target.mcp}` : "";
  const names = (await listCaptures(vault, id)).filter((name) => isOf(name, base, end));
  const unsealed: string[] = [];
  for (const name of names) {
    const sealed = await readManifest(vault, id, name);
    if (!sealed) unsealed.push(name);
    else if (sealed.manifest.run.attempt === run.runAttempt || !announced(name)) return { sealed };
  }
  const [begun] = unsealed;
  if (begun !== undefined) return { collect: begun };
  return { collect: names.length === 0 ? base + end : `${base}-${run.runAttempt}${end}` };
}

/** `<base><end>`, or `<base>-<attempt><end>`. */
function isOf(name: string, base: string, end: string): boolean {
  if (!name.startsWith(base) || !name.endsWith(end)) return false;
  return /^(-\d+)?$/.test(name.slice(base.length, name.length - end.length));
}
