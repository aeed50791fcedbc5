import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Clock, Log } from "../ports.ts";
import { DUCKDB, fieldsRead, identifier, type Layout, selectCalls, TEXT_COLUMNS } from "./columns.ts";
import { type Engine, literal } from "./engine.ts";
import { type AuditObject, stageObject, uriOf } from "./objects.ts";

/** So much waits on the disk before the engine reads it. */
const BATCH_BYTES = 64 * 1024 * 1024;
const BATCH_OBJECTS = 400;
const FETCHED_AT_ONCE = 16;
const GIB = 1024 ** 3;

export interface Ingested {
  objects: number;
  /** As they lie in the bucket. */
  bytes: number;
  records: number;
  /** Records without a readable time, or that are no JSON object. */
  unreadable: number;
  /** Objects of which nothing could be read, and why. */
  gaps: { what: string; why: string }[];
}

/**
 * Reads audit objects into the engine's table `calls`, each verified before a record of it is looked at. The memory
 * does not grow with their number or size: records go to the disk, in batches.
 * @param overwritten the versions of objects of which there are several: what more than one of them holds counts once,
 * and so do records of them that are alike in every column.
 * @throws FirebreakError `evidence-altered`, `too-large`.
 */
export async function ingest(
  deps: { s3: S3Client; clock: Clock; log: Log },
  engine: Engine,
  folder: string,
  layout: Layout,
  objects: Iterable<AuditObject> | AsyncIterable<AuditObject>,
  overwritten: readonly (readonly AuditObject[])[] = [],
): Promise<Ingested> {
  const stage = join(folder, "stage");
  const fields = fieldsRead(layout);
  const all: Ingested = { objects: 0, bytes: 0, records: 0, unreadable: 0, gaps: [] };
  let room = layout.settings.local_up_to_gigabytes * GIB;
  await engine.run(createTable());
  const read = async (batch: readonly AuditObject[], distinct: boolean) => {
    await mkdir(stage, { recursive: true, mode: 0o700 });
    const staged: Staged[] = [];
    const waiting = batch.entries();
    const fetch = async () => {
      for (const [index, object] of waiting) {
        const file = join(stage, `${index}.ndjson`);
        const { lines, bytes, unreadable } = await stageObject(deps, object, file, fields, room);
        room -= bytes;
        if (unreadable !== null) all.gaps.push({ what: uriOf(object), why: unreadable });
        if (lines > 0) staged.push({ file, object, lines });
      }
    };
    await Promise.all(Array.from({ length: FETCHED_AT_ONCE }, fetch));
    if (distinct) await loadDistinct(engine, layout, staged, all);
    else await load(engine, layout, staged, all);
    await rm(stage, { recursive: true });
    all.objects += batch.length;
    all.bytes += batch.reduce((sum, { size }) => sum + size, 0);
    deps.log.info(`${all.objects} audit objects read, ${all.records} records`);
  };
  for await (const batch of batches(objects)) await read(batch, false);
  for (const group of overwritten) await read(group, true);
  return all;
}

interface Staged {
  file: string;
  object: AuditObject;
  lines: number;
}

async function* batches(
  objects: Iterable<AuditObject> | AsyncIterable<AuditObject>,
): AsyncGenerator<AuditObject[]> {
  let batch: AuditObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    batch.push(object);
    bytes += object.size;
    if (bytes < BATCH_BYTES && batch.length < BATCH_OBJECTS) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** All at once; object by object when that fails, so that one that the engine cannot read is known by name. */
async function load(engine: Engine, layout: Layout, staged: readonly Staged[], all: Ingested): Promise<void> {
  if (staged.length === 0) return;
  const lines = staged.reduce((sum, one) => sum + one.lines, 0);
  try {
    await engine.run(`INSERT INTO calls ${select(layout, staged)}`);
  } catch (error) {
    const [only] = staged;
    if (staged.length > 1) {
      for (const one of staged) await load(engine, layout, [one], all);
    } else if (only) {
      all.gaps.push({ what: uriOf(only.object), why: (error as Error).message.split("\n")[0] ?? "" });
    }
    return;
  }
  const records = await count(engine, "calls");
  all.unreadable += lines - (records - all.records);
  all.records = records;
}

/** The versions of one object. */
async function loadDistinct(
  engine: Engine,
  layout: Layout,
  staged: readonly Staged[],
  all: Ingested,
): Promise<void> {
  if (staged.length === 0) return;
  try {
    const readable = await count(engine, `(${select(layout, staged)})`);
    await engine.run(`INSERT INTO calls SELECT DISTINCT * FROM (${select(layout, staged)})`);
    all.unreadable += staged.reduce((sum, { lines }) => sum + lines, 0) - readable;
    all.records = await count(engine, "calls");
  } catch (error) {
    for (const { object } of staged)
      all.gaps.push({ what: uriOf(object), why: (error as Error).message.split("\n")[0] ?? "" });
  }
}

async function count(engine: Engine, from: string): Promise<number> {
  const [[records] = []] = await engine.rows(`SELECT count(*) FROM ${from}`);
  return Number(records);
}

function createTable(): string {
  const texts = TEXT_COLUMNS.map((column) => `${identifier(column)} VARCHAR`).join(", ");
  return `CREATE TABLE calls (called_at TIMESTAMP, hour_number INTEGER, ${texts}, failed BOOLEAN, off_hours BOOLEAN)`;
}

/** https://duckdb.org/docs/stable/data/json/loading_json: every field as text, whatever it is; broken lines are empty. */
function select(layout: Layout, staged: readonly Staged[]): string {
  const columns = fieldsRead(layout).map((field) => `${literal(field)}: 'VARCHAR'`);
  const files = staged.map(({ file }) => literal(file));
  const records = [
    `read_json([${files.join(", ")}], format = 'newline_delimited', compression = 'uncompressed',`,
    `ignore_errors = true, columns = {${columns.join(", ")}})`,
  ].join(" ");
  return selectCalls(layout, DUCKDB, records, identifier);
}
