import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { FirebreakError } from "../errors.ts";

/**
 * DuckDB, as far as it is used here. Its native library has 70 MB, so it is in no bundle: the workflow installs it from
 * the lock file in the engine's folder, and it is loaded from there.
 */

export type Cell = string | number | boolean | null;

export interface Engine {
  run(sql: string): Promise<void>;
  /** All rows of a small result. Times are ISO 8601 in UTC. */
  rows(sql: string): Promise<Cell[][]>;
  /** The rows of a result of any size, in pieces. */
  stream(sql: string): AsyncIterable<Cell[][]>;
  close(): void;
}

interface Binding {
  DuckDBInstance: {
    create(path: string, options: Record<string, string>): Promise<Instance>;
  };
}
interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}
interface Connection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<{ yieldRowsJs(): AsyncIterable<unknown[][]> }>;
  closeSync(): void;
}

const PACKAGE = "@duckdb/node-api";
/** What DuckDB keeps in memory before it goes to the disk. */
const MEMORY = "256MB";
const MOST_THREADS = 4;

/**
 * Opens an engine whose data lies in `folder` and which can read nothing but what lies there: no network, no
 * extensions, no way to change its settings (https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
 * @param library where the package is installed, or a folder below such a place.
 * @throws FirebreakError `no-engine` when it is not there.
 */
export async function openEngine(library: string, folder: string): Promise<Engine> {
  const { DuckDBInstance } = load(library);
  const instance = await DuckDBInstance.create(join(folder, "records.duckdb"), {
    memory_limit: MEMORY,
    threads: String(Math.min(MOST_THREADS, availableParallelism())),
    preserve_insertion_order: "false",
    temp_directory: join(folder, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_directories = [${literal(`${folder}/`)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run("SET lock_configuration = true");
  const stream = async function* (sql: string): AsyncGenerator<Cell[][]> {
    const result = await connection.stream(sql);
    for await (const rows of result.yieldRowsJs()) yield rows.map((row) => row.map(cell));
  };
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => {
      const rows: Cell[][] = [];
      for await (const some of stream(sql)) rows.push(...some);
      return rows;
    },
    stream,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function load(library: string): Binding {
  try {
    return createRequire(join(resolve(library), "package.json"))(PACKAGE) as Binding;
  } catch (cause) {
    throw new FirebreakError(
      "no-engine",
      `The query engine ${PACKAGE} is not installed in ${library}.`,
      `Run 'npm ci --ignore-scripts' in that folder before this step, as query-audit-logs.yml does.`,
      { cause },
    );
  }
}

/** Text as an SQL literal. The same in DuckDB and in Athena: only the quote has a meaning in one. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  return String(value);
}
