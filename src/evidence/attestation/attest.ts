import type { EntryData } from "../../incident/entries.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { SealedCapture } from "../manifest.ts";
import type { AttestDeps, Work } from "./beside.ts";
import { signManifest } from "./sign.ts";
import { timestampManifest } from "./stamp.ts";

type Signed = EntryData<"capture-signed">;

/** What was made, or why it was not. */
interface Outcome<Made> {
  made: Made | null;
  gaps: Signed["gaps"];
}

/**
 * Signs and time-stamps a sealed capture, as the runbook says, and says so in the ledger.
 *
 * What is there already is checked and kept, so a run that was killed half-way is completed by the next. Nothing here
 * makes a capture fail: what cannot be had is a gap, by name.
 */
export async function attest(
  deps: AttestDeps,
  record: IncidentRecord,
  sealed: SealedCapture,
): Promise<Signed> {
  const work: Work = { deps, record, sealed, stored: [] };
  const keyId = record.target.signingKey;
  const authorities = record.runbook.evidence.timestamp_authorities ?? [];
  const [signature, timestamp] = await Promise.all([
    keyId === null
      ? unasked("signature", "not signed: the runbook names no signing key")
      : attempt(work, "signature", () => signManifest(work, keyId)),
    authorities.length === 0
      ? unasked("timestamp", "not time-stamped: the runbook names no time-stamping authority")
      : attempt(work, "timestamp", () => timestampManifest(work, authorities)),
  ]);
  const data: Signed = {
    capture: sealed.capture,
    manifestSha256: sealed.sha256,
    signature: signature.made,
    timestamp: timestamp.made,
    gaps: [...signature.gaps, ...timestamp.gaps],
  };
  await nameUnfinished(work, data);
  const state = [data.signature ? "signed" : "unsigned", data.timestamp ? "timestamped" : "untimestamped"];
  await record.append("capture-signed", data, `capture-signed/${sealed.capture}/${state.join("-")}`);
  return data;
}

/**
 * A key whose signature could not be stored lies there for good, and no `capture-signed` names it: the ledger says what
 * it is. Only what this run made itself; what somebody else put there stays a problem.
 */
async function nameUnfinished({ record, sealed: { capture }, stored }: Work, made: Signed): Promise<void> {
  const named = [made.signature?.key, made.signature?.publicKey, made.timestamp?.key];
  for (const object of stored.filter(({ key }) => !named.includes(key)))
    await record.append("late-objects", { capture, objects: [object] }, `late-objects/${object.key}`);
}

function unasked(what: string, why: string): Outcome<never> {
  return { made: null, gaps: [{ what, why }] };
}

async function attempt<Made>(
  { deps, sealed }: Work,
  what: string,
  make: () => Promise<Made>,
): Promise<Outcome<Made>> {
  try {
    return { made: await make(), gaps: [] };
  } catch (error) {
    const { name, message } = error as Error;
    const why = name === "Error" ? message : `${name}: ${message}`;
    deps.log.warning(`Capture ${sealed.capture} is sealed and has no ${what}: ${why}`);
    return { made: null, gaps: [{ what, why }] };
  }
}
