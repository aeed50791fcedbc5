import { ATHENA, type Layout, selectCalls } from "./columns.ts";
import { literal } from "./engine.ts";
import { type Question, queriesFor, type Span } from "./questions.ts";

/**
 * The same questions for Athena, for what is too large for one machine: a table over each capture's audit records where
 * they lie, and the queries over the same columns. Nothing is copied. Athena checks no digest: run verify.yml before.
 *
 * A record is read as one line of text and taken apart by `json_extract_scalar`, which gives null for what is no JSON;
 * AWS warns that the OpenX SerDe's results may differ from run to run
 * (https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html). No record can hold the delimiter: JSON allows no
 * control character in a string.
 */
export function athenaSql(
  layout: Layout,
  question: Question,
  span: Span,
  folders: readonly { name: string; uri: string }[],
): string {
  const tables = folders.map(({ name, uri }) => ({ table: tableName(name), uri }));
  const creations = tables.map(
    ({ table, uri }) => `CREATE EXTERNAL TABLE IF NOT EXISTS ${table} (line string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001'
LOCATION ${literal(uri)};`,
  );
  const lines = tables.map(({ table }) => `SELECT line FROM ${table}`).join(" UNION ALL ");
  const calls = selectCalls(layout, ATHENA, `(${lines}) AS records`, (field) => {
    return `json_extract_scalar(line, ${literal(`$["${field}"]`)})`;
  });
  const queries = queriesFor(question, span).map(({ title, sql }) => {
    const rest = sql.startsWith("WITH ") ? `,\n${sql.slice("WITH ".length)}` : `\n${sql}`;
    return `-- ${title}\nWITH calls AS (\n${calls}\n)${rest};`;
  });
  return [...creations, ...queries].join("\n\n");
}

/** https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html */
function tableName(name: string): string {
  return `firebreak_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}`;
}
