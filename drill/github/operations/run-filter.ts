/** The filters of run lists: https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository */
import { notSimulated } from "../errors.ts";
import { current, type StoredRun } from "../run-store.ts";

type Query = Readonly<Record<string, unknown>>;

/** First and last instant of a search range such as `2026-01-01..2026-01-31`, `>=2026-01-01T10:00:00Z`, `<2026-02-01`. */
function range(text: string): [from: number, to: number] {
  const start = (date: string): number => (date === "*" ? -Infinity : Date.parse(date));
  const end = (date: string): number => {
    if (date === "*") return Infinity;
    return Date.parse(date) + (date.includes("T") ? 0 : 24 * 3_600_000 - 1);
  };
  const [from, to] = text.split("..");
  if (from !== undefined && to !== undefined) return [start(from), end(to)];
  const [, operator = "", date = ""] = /^(>=|<=|>|<)?(.*)$/.exec(text) ?? [];
  if (operator === ">=") return [start(date), Infinity];
  if (operator === ">") return [end(date) + 1, Infinity];
  if (operator === "<=") return [-Infinity, end(date)];
  if (operator === "<") return [-Infinity, start(date) - 1];
  return [start(date), end(date)];
}

/** True when the run fits every filter of the query; `status` also matches a conclusion. */
export function matchesRunFilter(stored: StoredRun, query: Query): boolean {
  if (query.check_suite_id !== undefined) throw notSimulated("the filter check_suite_id");
  const run = current(stored);
  const { actor, branch, event, status, created, head_sha: headSha } = query;
  if (typeof actor === "string" && run.actor.toLowerCase() !== actor.toLowerCase()) return false;
  if (typeof branch === "string" && run.headBranch !== branch) return false;
  if (typeof event === "string" && run.event !== event) return false;
  if (typeof headSha === "string" && run.headSha !== headSha) return false;
  if (typeof status === "string" && run.status !== status && run.conclusion !== status) return false;
  if (typeof created !== "string") return true;
  const [from, to] = range(created);
  return run.createdAt >= from && run.createdAt <= to;
}
