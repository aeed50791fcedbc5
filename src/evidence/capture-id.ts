import type { RunContext } from "../ports.ts";
import type { Vault } from "../vault/vault.ts";
import { listCaptures, readManifest, type SealedCapture } from "./manifest.ts";

/** What this run has to do: collect into a capture, or nothing but to announce one that is sealed. */
export type CaptureChoice = { sealed: SealedCapture } | { collect: string };

/**
 * Chooses the capture of this workflow run: its run id, or `<run id>-<attempt>` once an earlier attempt's is sealed.
 * What adds to capture 7001 is called `7001_<run id>`: one run may add to several captures of an incident.
 *
 * A capture that was begun and not sealed is continued, by whatever attempt. One that this attempt sealed, or that was
 * sealed and never `announced` in the ledger because the run was killed in between, is finished instead.
 */
export async function chooseCapture(
  vault: Vault,
  incident: string,
  run: RunContext,
  announced: (capture: string) => boolean,
  addsTo?: string,
): Promise<CaptureChoice> {
  const base = addsTo === undefined ? `${run.runId}` : `${addsTo}_${run.runId}`;
  const names = (await listCaptures(vault, incident)).filter(
    (name) => name === base || (name.startsWith(`${base}-`) && /^\d+$/.test(name.slice(base.length + 1))),
  );
  const unsealed: string[] = [];
  for (const name of names) {
    const sealed = await readManifest(vault, incident, name);
    if (!sealed) unsealed.push(name);
    else if (sealed.manifest.run.attempt === run.runAttempt || !announced(name)) return { sealed };
  }
  const [begun] = unsealed;
  if (begun !== undefined) return { collect: begun };
  return { collect: names.length === 0 ? base : `${base}-${run.runAttempt}` };
}
