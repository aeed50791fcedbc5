import { sha256 } from "./digest.ts";
import type { Findings } from "./finding.ts";
import { type Entry, entryFormat, firstIssue, parseJson } from "./format.ts";
import type { Reading } from "./reading.ts";

/** The chain of ledger entries: numbers without a gap, each entry holding the SHA-256 of the bytes before it. */

export interface ChainedEntry extends Entry {
  /** Full key of the object. */
  object: string;
  sha256: string;
}

const ENTRY_NAME = /^(?!0{8})\d{8}\.json$/;

/** Reads and checks the ledger. Entries that are no entries are left out of what it returns, and named. */
export async function checkLedger(reading: Reading, incident: string): Promise<ChainedEntry[]> {
  const { findings } = reading;
  const prefix = `incidents/${incident}/ledger/`;
  const keys = [...reading.objects.keys()].filter((key) => key.startsWith(prefix));
  for (const key of keys.filter((key) => !ENTRY_NAME.test(key.slice(prefix.length))))
    findings.problem("ledger-foreign", key, `${key} is no ledger entry and does not belong here`);
  const numbers = keys
    .map((key) => key.slice(prefix.length))
    .filter((name) => ENTRY_NAME.test(name))
    .map((name) => Number(name.slice(0, 8)));
  if (numbers.length === 0) checkGap(findings, prefix, 1, 1);

  const entries: ChainedEntry[] = [];
  let before: { number: number; key: string; sha256: string } | undefined;
  let expected = 1;
  for (const number of numbers.sort((a, b) => a - b)) {
    checkGap(findings, prefix, expected, number - 1);
    expected = number + 1;
    const key = entryKey(prefix, number);
    const bytes = await reading.document(key);
    if (!bytes) continue;
    const digest = sha256(bytes);
    const entry = parseEntry(findings, key, bytes);
    if (entry) {
      checkPlace(findings, key, entry, { incident, number });
      checkLink(findings, key, entry, number, before);
      entries.push({ ...entry, object: key, sha256: digest });
    }
    before = { number, key, sha256: digest };
  }
  checkKinds(findings, prefix, entries);
  return entries;
}

function checkGap(findings: Findings, prefix: string, from: number, to: number): void {
  if (to < from) return;
  const keys = from === to ? [entryKey(prefix, from)] : [entryKey(prefix, from), entryKey(prefix, to)];
  findings.problem("ledger-missing", keys, `${keys.join(" to ")} missing from the ledger`);
}

function parseEntry(findings: Findings, key: string, bytes: Buffer): Entry | undefined {
  const parsed = entryFormat.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  findings.problem("ledger-invalid", key, `${key} is no ledger entry: ${firstIssue(parsed.error)}`);
  return undefined;
}

function checkPlace(
  findings: Findings,
  key: string,
  entry: Entry,
  expected: { incident: string; number: number },
): void {
  if (entry.incident === expected.incident && entry.sequence === expected.number) return;
  findings.problem(
    "ledger-misplaced",
    key,
    `${key} says that it is entry ${entry.sequence} of ${entry.incident}: it was moved or copied here`,
  );
}

/** An entry behind one that is missing or unreadable cannot be held against anything. */
function checkLink(
  findings: Findings,
  key: string,
  entry: Entry,
  number: number,
  before: { number: number; key: string; sha256: string } | undefined,
): void {
  if (number === 1) {
    if (entry.previous === null) return;
    findings.problem("ledger-chain", key, `${key} is the first entry and names one before it`);
  } else if (before?.number === number - 1 && entry.previous !== before.sha256) {
    findings.problem(
      "ledger-chain",
      [before.key, key],
      `${key} does not follow from ${before.key}: one of the two was changed after it was written`,
    );
  }
}

function checkKinds(findings: Findings, prefix: string, entries: readonly ChainedEntry[]): void {
  const [first] = entries;
  if (first && first.object === entryKey(prefix, 1) && first.kind !== "declared")
    findings.problem("ledger-begin", first.object, `${first.object} does not declare the incident`);
  const seen = new Map<string, string>();
  for (const { key, object } of entries) {
    const other = seen.get(key);
    if (other === undefined) seen.set(key, object);
    else
      findings.problem(
        "ledger-duplicate",
        [other, object],
        `${object} records the same step as ${other}; a step is recorded once`,
      );
  }
}

function entryKey(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(8, "0")}.json`;
}
