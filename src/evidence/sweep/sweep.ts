import { describeError, FirebreakError } from "../../errors.ts";
import type { EntryData } from "../../incident/entries.ts";
import type { IncidentRecord, RecordDeps } from "../../incident/record.ts";
import { CAPTURE_SOURCES } from "../../runbook/evidence-schema.ts";
import { announce, signUnsigned } from "../announce.ts";
import { preserve } from "../capture.ts";
import type { SealedCapture } from "../manifest.ts";
import { ownCaptures } from "../own-captures.ts";
import { type Chain, chainsOf } from "./chain.ts";
import { deadlineOf } from "./deadline.ts";
import { type Circumstances, type Judged, judge } from "./due.ts";
import { finalComment } from "./final-comment.ts";
import { finalInLedger } from "./final-in-ledger.ts";

/** So many missing things are named in a ledger entry; the manifest names all of them. */
const NAMED_AT_MOST = 200;

/** What a sweep did for one incident. */
export interface Swept {
  incident: string;
  /** The supplementary captures that it sealed. */
  captures: string[];
  /** The sources that became final. */
  final: { source: string; capture: string; outcome: "complete" | "expired" }[];
  /** The sources that are not final yet. */
  open: { source: string; capture: string; until: string }[];
}

/** What a sweep would do now. Reads only. */
export async function planSweep(deps: RecordDeps, record: IncidentRecord): Promise<Judged[]> {
  if (finalInLedger(record.entries)) return [];
  const captures = await ownCaptures(record);
  const announced = captures.filter(({ capture }) => sealEntry(record, capture) !== undefined);
  return judge(chainsOf(announced), circumstancesOf(deps, record, new Set()));
}

/**
 * Brings an incident's sources nearer to final: collects what has come since into supplementary captures, and says in
 * the ledger of which source nothing more is waited for, and in the issue when that holds for all of a capture.
 *
 * What was written once stays; a sweep that was killed is completed by the next.
 * @throws FirebreakError when a supplementary capture could not be sealed (the rest is done all the same), or when the
 * sealed captures are not those that the ledger knows.
 */
export async function sweep(deps: RecordDeps, record: IncidentRecord): Promise<Swept> {
  const swept: Swept = { incident: record.id, captures: [], final: [], open: [] };
  await signUnsigned(deps, record);
  if (finalInLedger(record.entries)) return swept;
  const failures = new Map<string, unknown>();
  const tried = new Set<string>();
  for (const [chain, due] of byChain(
    judge(await readChains(deps, record), circumstancesOf(deps, record, tried)),
  )) {
    const names = new Set(due.filter(({ state }) => state === "collect").map(({ source }) => source));
    const sources = CAPTURE_SOURCES.filter((source) => names.has(source));
    if (sources.length === 0) continue;
    tried.add(chain.first.capture);
    deps.log.info(`${record.id}  adding to capture ${chain.first.capture}: ${sources.join(", ")}`);
    try {
      const added = await preserve(deps, record, sources, { supplements: chain.captures });
      swept.captures.push(added.capture);
    } catch (error) {
      failures.set(chain.first.capture, error);
      deps.log.error(`${record.id}  ${describeError(error)}`);
    }
  }
  const chains = await readChains(deps, record);
  for (const [chain, judged] of byChain(judge(chains, circumstancesOf(deps, record, tried))))
    await conclude(deps, record, chain, judged, swept);
  if (failures.size > 0) throw failure(record, failures);
  return swept;
}

/** The chains of the captures that the ledger vouches for. A supplementary one that was sealed and not announced is. */
async function readChains(deps: RecordDeps, record: IncidentRecord): Promise<Chain[]> {
  await record.refresh();
  const captures = await ownCaptures(record);
  const begun = new Map(
    record.all("capture-started").map(({ data }) => [data.capture, data.supplements ?? null]),
  );
  for (const sealed of captures) {
    const addsTo = begun.get(sealed.capture);
    const first = captures.find(({ capture }) => capture === addsTo);
    if (first && !sealEntry(record, sealed.capture)) await announce(deps, record, sealed, first);
  }
  return chainsOf(captures.filter((sealed) => vouchedFor(record, sealed)));
}

function sealEntry(record: IncidentRecord, capture: string): EntryData<"capture-sealed"> | undefined {
  return record.all("capture-sealed").find(({ data }) => data.capture === capture)?.data;
}

/** @throws FirebreakError `evidence-altered` when the manifest is not the one that was announced. */
function vouchedFor(record: IncidentRecord, { capture, sha256, key }: SealedCapture): boolean {
  const entry = sealEntry(record, capture);
  if (entry && entry.manifestSha256 !== sha256)
    throw new FirebreakError(
      "evidence-altered",
      `s3://${record.vault.bucket}/${key} has the SHA-256 ${sha256}; the ledger says ${entry.manifestSha256}.`,
      "Compare the object's versions in the vault (they cannot be deleted), and treat this as audit log tampering.",
    );
  return entry !== undefined;
}

function circumstancesOf(
  { clock }: RecordDeps,
  record: IncidentRecord,
  tried: ReadonlySet<string>,
): Circumstances {
  return {
    now: clock.now(),
    deadline: (source, sealedAt) => deadlineOf(record.runbook, source, sealedAt),
    atWork: (chain, source) => openRequests(record, chain, source).some(({ text }) => text === null),
    tried: ({ first }) => tried.has(first.capture),
  };
}

/** What was asked for by a capture of this chain and is not settled. */
function openRequests(
  record: IncidentRecord,
  { captures }: Chain,
  source: string,
): EntryData<"evidence-requested">[] {
  const settled = new Set(record.all("request-settled").map(({ data }) => data.request));
  const own = new Set(captures.map(({ capture }) => capture));
  return record
    .all("evidence-requested")
    .map(({ data }) => data)
    .filter((asked) => asked.source === source && own.has(asked.capture) && !settled.has(asked.request));
}

function byChain(judged: readonly Judged[]): Map<Chain, Judged[]> {
  return Map.groupBy(judged, ({ chain }) => chain);
}

/** Writes down which sources of a chain are final, and tells people once all of them are. */
async function conclude(
  deps: RecordDeps,
  record: IncidentRecord,
  chain: Chain,
  judged: readonly Judged[],
  swept: Swept,
): Promise<void> {
  const { capture } = chain.first;
  let news = false;
  for (const { source, state, by, until, missing } of judged) {
    if (state !== "complete" && state !== "expired") {
      swept.open.push({ source, capture, until: until.toISOString() });
      continue;
    }
    for (const { request } of state === "expired" ? openRequests(record, chain, source) : [])
      await record.append(
        "request-settled",
        { request, outcome: "expired", capture: null, message: `nothing came until ${until.toISOString()}` },
        `request-settled/${request}`,
      );
    const written = await record.append(
      "source-final",
      {
        source,
        capture,
        completedBy: by.capture,
        outcome: state,
        missing: state === "expired" ? bounded(missing, by.capture) : [],
      },
      `source-final/${capture}/${source}/${state}`,
    );
    if (written) swept.final.push({ source, capture, outcome: state });
    news ||= written;
  }
  if (!news || judged.some(({ state }) => state === "collect" || state === "wait")) return;
  deps.log.info(`${record.id}  every source of capture ${capture} is final`);
  await record.comment(
    `evidence-final/${capture}/${chain.captures.length}`,
    finalComment(record.id, chain, judged),
  );
}

function bounded(missing: Judged["missing"], capture: string): Judged["missing"] {
  const more = missing.length - NAMED_AT_MOST;
  const rest = { what: `${more} more`, why: `by name in the manifest of capture ${capture}` };
  return [...missing.slice(0, NAMED_AT_MOST), ...(more > 0 ? [rest] : [])];
}

function failure(record: IncidentRecord, failures: ReadonlyMap<string, unknown>): FirebreakError {
  const [[capture, first] = ["", undefined]] = failures;
  return new FirebreakError(
    "sweep-failed",
    `What came late for capture ${capture} of ${record.id} could not be added: ${first instanceof Error ? first.message : String(first)}`,
    "Mend what the message names; the next sweep tries again.",
    { cause: first },
  );
}
