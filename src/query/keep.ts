import { createReadStream } from "node:fs";
import { preserve } from "../evidence/capture.ts";
import { streamItem } from "../evidence/item-writer.ts";
import { itemKey } from "../evidence/keys.ts";
import type { SealedCapture } from "../evidence/manifest.ts";
import { patiently } from "../evidence/patience.ts";
import { hashObject } from "../evidence/read-back.ts";
import type { ManifestItem } from "../evidence/source-schema.ts";
import { codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { headObject } from "../vault/vault.ts";
import type { Answer, Table } from "./answer.ts";

type Collect = NonNullable<NonNullable<Parameters<typeof preserve>[3]>["collect"]>;
type Context = Parameters<Collect>[0];

/**
 * Seals the answer's tables, every row of them, in a capture that adds to the ones that were asked. Run again by the
 * same workflow run, it gives the same capture.
 * @param captures the chain that was asked, the ordinary capture first.
 * @throws FirebreakError `capture-failed`.
 */
export async function keepTables(
  deps: RecordDeps,
  record: IncidentRecord,
  captures: readonly SealedCapture[],
  answer: Answer,
): Promise<{ capture: string; words: string }> {
  const collect: Collect = async (context) => {
    const items: ManifestItem[] = [];
    for (const table of answer.tables) items.push(await putTable(context, table));
    return [{ record: sourceRecord(captures, answer), items }];
  };
  const { capture } = await preserve(deps, record, [], { supplements: captures, collect });
  return { capture, words: `All rows, as CSV, are in capture ${codeSpan(capture)}, sealed.` };
}

/** @throws Error when an interrupted run has left another table there. */
async function putTable(context: Context, table: Table): Promise<ManifestItem> {
  const { vault, clock, folder } = context;
  const key = itemKey(`${folder}query/`, table.name, ".csv");
  const written = await streamItem(context, key, () => createReadStream(table.file), {}, "csv as it is");
  const stored = written ?? (await patiently(clock, () => headObject(vault, key)));
  const sha256 = written?.sha256 ?? (await hashObject(vault, clock, key));
  if (!stored || sha256 !== table.sha256) {
    throw new Error(`s3://${vault.bucket}/${key} is there already, with other content`);
  }
  return {
    source: "query",
    key,
    versionId: stored.versionId,
    size: table.bytes,
    sha256,
    method: "stream",
    collectedAt: clock.now().toISOString(),
    origin: { uri: `query:${table.name}` },
    detail: { rows: table.total, ...(table.flagged === null ? {} : { flagged: table.flagged }) },
  };
}

function sourceRecord(
  captures: readonly SealedCapture[],
  { question, span, baseline, read, tables }: Answer,
) {
  const rows = tables.reduce((sum, { total }) => sum + total, 0);
  return {
    source: "query" as const,
    // What could not be read of the records asked is in `read`; of the answer itself nothing is missing.
    status: "complete" as const,
    expected: { tables: tables.length, counted: "the tables of the answer" },
    collected: { tables: tables.length, rows },
    gaps: [],
    question: { kind: question.kind, value: question.kind === "overview" ? null : question.value },
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    baselineFrom: baseline?.from ?? null,
    asked: captures.map(({ capture, sha256 }) => ({ capture, manifestSha256: sha256 })),
    read: {
      objects: read.objects,
      records: read.records,
      unreadable: read.unreadable,
      gaps: read.gaps.length,
    },
  };
}
