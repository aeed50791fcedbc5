import { attestedFormat } from "./format.ts";
import type { ChainedEntry } from "./ledger.ts";
import type { Reading } from "./reading.ts";

/** What GitHub attests of a manifest. */
const PREDICATE_TYPE = "urn:firebreak:predicate:sealed-manifest:v1";

/**
 * Says where GitHub attested a manifest, by the ledger, and how to check that. It is not checked here: the attestation
 * is kept by GitHub, not with the evidence, and to check it takes the network and Sigstore's roots of trust.
 */
export function noteAttestations(
  { findings }: Reading,
  manifestKey: string,
  capture: string,
  ledger: readonly ChainedEntry[],
): void {
  for (const { kind, data } of ledger) {
    if (kind !== "capture-attested") continue;
    const parsed = attestedFormat.safeParse(data);
    if (!parsed.success || parsed.data.capture !== capture || parsed.data.url === null) continue;
    const { url } = parsed.data;
    const repository =
      /^https?:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/attestations\//.exec(url)?.[1] ?? "<owner>/<repository>";
    findings.note(
      "attested-elsewhere",
      manifestKey,
      `GitHub is said to have attested ${manifestKey} (${url}); that is not checked here: gh attestation verify <copy of ${manifestKey}> --repo ${repository} --predicate-type ${PREDICATE_TYPE}`,
    );
  }
}
