import { randomUUID } from "node:crypto";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { FirebreakError } from "../errors.ts";
import type { Clock, RunContext } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { putOnce, readObject, type Vault } from "../vault/vault.ts";
import { type ListedVersion, listVersions } from "../vault/versions.ts";
import { type EntryData, type EntryKind, entryData, entryEnvelope, type LedgerEntry } from "./entries.ts";

/** The incident's record: an append-only chain of small JSON objects, each holding the SHA-256 of the one before. */

const READ_AT_ONCE = 16;
const APPEND_TRIES = 50;

export function incidentId(issue: number): string {
  return `INC-${issue}`;
}

function ledgerPrefix(incident: string): string {
  return `incidents/${incident}/ledger/`;
}

export interface LedgerDeps {
  vault: Vault;
  clock: Clock;
  context: RunContext;
}

/**
 * Reads the whole chain, oldest first; empty when the incident has none. `after` are the entries that are known
 * already and need not be read again; that they still stand is looked at all the same.
 *
 * An entry is written once and never again: a key with a second version or a delete marker was rewritten, even when
 * what it says now would fit into the chain.
 * @throws FirebreakError `ledger-broken` when an entry is missing, rewritten, foreign, or does not follow from the one
 * before; `ledger-unreadable` when the ledger's versions may not be listed.
 */
export async function readLedger(
  vault: Vault,
  incident: string,
  after: readonly LedgerEntry[] = [],
): Promise<LedgerEntry[]> {
  const keys = await entryKeys(vault, incident);
  const entries: LedgerEntry[] = [...after];
  if (keys.length < after.length) throw broken(vault, entryKey(incident, keys.length + 1), "is missing");
  for (let start = after.length; start < keys.length; start += READ_AT_ONCE) {
    const batch = keys.slice(start, start + READ_AT_ONCE);
    const bodies = await Promise.all(batch.map((key) => readObject(vault, key)));
    for (const [index, key] of batch.entries()) {
      const body = bodies[index];
      if (!body) throw broken(vault, key, "is missing");
      entries.push(parseEntry(vault, key, body, incident, entries));
    }
  }
  return entries;
}

/** The keys of the entries, which are numbered without a break and have one version each. */
async function entryKeys(vault: Vault, incident: string): Promise<string[]> {
  const keys: string[] = [];
  for (const { key, deleteMarker } of await listEntries(vault, incident)) {
    if (deleteMarker) throw broken(vault, key, "was deleted");
    if (key === keys.at(-1)) throw broken(vault, key, "was written again");
    const expected = entryKey(incident, keys.length + 1);
    if (key !== expected) throw broken(vault, expected, "is missing");
    keys.push(key);
  }
  return keys;
}

async function listEntries(vault: Vault, incident: string): Promise<ListedVersion[]> {
  try {
    return await listVersions(vault, ledgerPrefix(incident));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AccessDenied") throw error;
    throw new FirebreakError(
      "ledger-unreadable",
      `The versions of the ledger of ${incident} in s3://${vault.bucket} may not be listed, so nobody could say whether it was rewritten.`,
      `Allow this job's role s3:ListBucketVersions on the bucket ${vault.bucket}.`,
      { cause: error },
    );
  }
}

/** Whether the ledger has more entries than are known. One call; whether they fit into the chain is not looked at. */
export async function hasGrown(vault: Vault, incident: string, known: number): Promise<boolean> {
  const { Contents = [] } = await vault.s3.send(
    new ListObjectsV2Command({
      Bucket: vault.bucket,
      Prefix: ledgerPrefix(incident),
      StartAfter: entryKey(incident, known),
      MaxKeys: 1,
    }),
  );
  return Contents.length > 0;
}

/**
 * Appends an entry, unless one with the same `key` stands in the chain already.
 *
 * Two writers never take the same number: the write is conditional, and whoever loses reads on and takes the next.
 * @returns the whole chain afterwards, and whether this call wrote.
 */
export async function appendEntry<Kind extends EntryKind>(
  deps: LedgerDeps,
  incident: string,
  known: readonly LedgerEntry[],
  entry: { kind: Kind; key: string; data: EntryData<Kind>; mcp?: string | undefined },
): Promise<{ entries: LedgerEntry[]; written: boolean }> {
  const data = entryData[entry.kind].parse(entry.data);
  let entries: LedgerEntry[] = [...known];
  for (let attempt = 0; attempt < APPEND_TRIES; attempt += 1) {
    if (entries.some(({ key }) => key === entry.key)) return { entries, written: false };
    const { login, runId, runAttempt, job } = { login: deps.context.actor, ...deps.context };
    const envelope = {
      schema: "firebreak/ledger-entry/v1",
      incident,
      sequence: entries.length + 1,
      previous: entries.at(-1)?.sha256 ?? null,
      at: deps.clock.now().toISOString(),
      ...(entry.mcp === undefined ? {} : { mcp: entry.mcp }),
      kind: entry.kind,
      key: entry.key,
      by: { login, runId, runAttempt, job },
      data,
      // Tells our own write from another's when a retried write comes back as "already there".
      nonce: randomUUID(),
    };
    const body = `${JSON.stringify(envelope, null, 2)}\n`;
    const key = entryKey(incident, entries.length + 1);
    const { created } = await putOnce(deps.vault, key, body, { contentType: "application/json" });
    if (created) {
      const written = { ...envelope, sha256: sha256(body) } as unknown as LedgerEntry;
      return { entries: [...entries, written], written: true };
    }
    entries = await readLedger(deps.vault, incident, entries);
  }
  throw new FirebreakError(
    "ledger-busy",
    `The ledger of ${incident} took ${APPEND_TRIES} entries by others while this one waited to be written.`,
    "Run the job again.",
  );
}

function parseEntry(
  vault: Vault,
  key: string,
  body: Buffer,
  incident: string,
  before: readonly LedgerEntry[],
): LedgerEntry {
  let raw: unknown;
  try {
    raw = JSON.parse(body.toString("utf8"));
  } catch {
    throw broken(vault, key, "is not JSON");
  }
  const envelope = entryEnvelope.safeParse(raw);
  if (!envelope.success) throw broken(vault, key, "is not a ledger entry");
  const entry = envelope.data;
  if (entry.incident !== incident || entry.sequence !== before.length + 1)
    throw broken(vault, key, "belongs elsewhere");
  if (entry.previous !== (before.at(-1)?.sha256 ?? null))
    throw broken(vault, key, "does not follow from the entry before it");
  if (!Object.hasOwn(entryData, entry.kind)) throw broken(vault, key, `has the unknown kind '${entry.kind}'`);
  const data = entryData[entry.kind as EntryKind].safeParse(entry.data);
  if (!data.success) throw broken(vault, key, `does not say what an entry of kind '${entry.kind}' says`);
  return { ...entry, data: data.data, sha256: sha256(body) } as unknown as LedgerEntry;
}

function entryKey(incident: string, sequence: number): string {
  return `${ledgerPrefix(incident)}${String(sequence).padStart(8, "0")}.json`;
}

function broken(vault: Vault, key: string, problem: string): FirebreakError {
  return new FirebreakError(
    "ledger-broken",
    `The ledger entry s3://${vault.bucket}/${key} ${problem}. Someone may have tampered with it; nothing will be changed.`,
    "Compare the object's versions in the vault (they cannot be deleted), and treat this as audit log tampering.",
  );
}
