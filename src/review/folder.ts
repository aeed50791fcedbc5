import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { IMPROVEMENT_LABEL } from "../incident/labels.ts";
import type { RecordDeps } from "../incident/record.ts";
import { localDay } from "../runbook/local-time.ts";
import { closingOf } from "./closing.ts";
import type { FolderFile } from "./index-page.ts";
import { parseRecord } from "./record-data.ts";
import { type Base, blob, filesOf } from "./repository.ts";

/** The page that is made of all the others. */
export const INDEX = "README.md";

/** The records that lie in the folder on the base, whatever else is proposed at the moment. */
export async function recordsOf(deps: RecordDeps, base: Base, folder: string): Promise<FolderFile[]> {
  const found = await filesOf(deps, base.commit, folder);
  const files: FolderFile[] = [];
  for (const [name, id] of found) {
    if (name === INDEX || !name.endsWith(".md")) continue;
    const bytes = (await checkedOut(deps, folder, name, id)) ?? (await blob(deps, id));
    files.push({ name, record: parseRecord(bytes.toString("utf8")) });
  }
  return files;
}

/** What the checkout has of it, where that is the same content: it spares a call for each record. */
async function checkedOut(
  { context }: RecordDeps,
  folder: string,
  name: string,
  id: string,
): Promise<Buffer | undefined> {
  try {
    const bytes = await readFile(resolve(context.workspace, folder, name));
    return gitBlobId(bytes) === id ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage */
export function gitBlobId(bytes: Buffer): string {
  return createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

/**
 * The day on which each improvement issue was closed, by its number, of those that any of these records asks for. One list
 * tells of most; of those whose label was taken away, or that were deleted, GitHub is asked one by one. A deleted one
 * counts from the day of its record, so that the page is the same whenever it is made.
 */
export async function closedImprovements(
  deps: RecordDeps,
  files: readonly FolderFile[],
  timeZone: string,
): Promise<Map<number, string>> {
  const { github, context } = deps;
  const asked = new Map(
    files.flatMap(({ record }) =>
      (record?.improvements ?? []).map(({ issue }) => [issue, record?.review.closedAt ?? ""] as const),
    ),
  );
  if (asked.size === 0) return new Map();
  const listed = await github.paginate(github.rest.issues.listForRepo, {
    owner: context.owner,
    repo: context.repo,
    state: "closed",
    labels: IMPROVEMENT_LABEL.name,
    per_page: 100,
  });
  const closed = new Map(listed.map(({ number, closed_at }) => [number, closed_at]));
  const days = new Map<number, string>();
  for (const [issue, recordedAt] of [...asked].sort(([one], [other]) => one - other)) {
    const other = closed.has(issue) ? undefined : await closingOf(deps, issue);
    const at = other?.deleted ? recordedAt : (closed.get(issue) ?? other?.closedAt);
    if (at != null) days.set(issue, localDay(new Date(at), timeZone));
  }
  return days;
}
