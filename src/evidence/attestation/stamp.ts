import type { EntryData } from "../../incident/entries.ts";
import { sha256 } from "../../vault/digest.ts";
import { readObject } from "../../vault/vault.ts";
import { patiently } from "../patience.ts";
import { type AttestDeps, foreign, storeOnce, TIMESTAMP, type Work } from "./beside.ts";
import { readTimestamp, requestTimestamp } from "./timestamp.ts";

/**
 * Stores a time-stamp over the manifest, from the first authority that gives a right one, unless one is there.
 * @throws Error that names each authority and why it did not serve, or when what is there is no such time-stamp.
 */
export async function timestampManifest(
  work: Work,
  authorities: readonly string[],
): Promise<NonNullable<EntryData<"capture-signed">["timestamp"]>> {
  const { deps, record, sealed } = work;
  const manifest = await patiently(deps.clock, () => readObject(record.vault, sealed.key));
  if (!manifest || sha256(manifest) !== sealed.sha256) throw foreign(sealed.key, "it is not what was sealed");
  const { key, bytes } = await storeOnce(work, TIMESTAMP, () => askInTurn(deps, authorities, manifest));
  const stamp = await readTimestamp(bytes, manifest).catch((error: Error) => {
    throw foreign(key, error.message);
  });
  return { key, sha256: sha256(bytes), ...stamp };
}

async function askInTurn(
  { log }: AttestDeps,
  authorities: readonly string[],
  manifest: Buffer,
): Promise<Buffer> {
  const failures: string[] = [];
  for (const url of authorities) {
    try {
      return (await requestTimestamp(url, manifest)).response;
    } catch (error) {
      failures.push(`${url}: ${reasonOf(error)}`);
      log.info(`No time-stamp from ${failures.at(-1)}`);
    }
  }
  throw new Error(failures.join("; "));
}

/** What `fetch` reports as "fetch failed" has its reason below. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && message === "fetch failed" ? `${message}: ${cause.message}` : message;
}
