import { headObject } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import { documentItem, putDocument, streamItem } from "../item-writer.ts";
import { patiently } from "../patience.ts";
import { hashObject } from "../read-back.ts";
import { redact } from "../redact.ts";
import type { CapturedRun, Gap, ManifestItem, Pending } from "../source-schema.ts";
import type { GitHubQuota } from "./github-quota.ts";
import { type WorkflowRun, withNumber } from "./github-runs.ts";

/** What one attempt of a run left: its items, and its line in the manifest. */
export interface AttemptItems {
  run: CapturedRun;
  items: ManifestItem[];
  gaps: Gap[];
  pending: Pending[];
}

const JOBS_A_PAGE = 100;
const SOURCE = "github-actions";

/**
 * Collects one attempt: `github-runs/<run id>/<attempt>/run.json`, `jobs.json`, and `logs.zip` as GitHub gives it.
 * The run's reviews (approvals and rejections; GitHub keeps them by run and without times) go into `reviews.json`
 * beside its latest attempt.
 *
 * The log is written last: where it lies, an interrupted run had all of the attempt, and nothing is fetched again.
 * GitHub replaces registered secrets by `***` before a log is stored; a secret that was never registered and was
 * printed would stand in the log, there as here. The archive is kept byte for byte.
 */
export async function collectAttempt(
  context: SourceContext,
  quota: GitHubQuota,
  latest: WorkflowRun,
  attempt: number,
): Promise<AttemptItems> {
  const number = latest.run_attempt ?? 1;
  const run = attempt === number ? latest : await fetchAttempt(context, quota, latest.id, attempt);
  const folder = `github-runs/${run.id}/${attempt}`;
  const logKey = `${context.folder}${folder}/logs.zip`;
  const uri = `${run.url}/attempts/${attempt}`;
  if (context.present.has(logKey))
    return {
      run: captured(run, attempt, "collected"),
      items: await presentItems(context, `${context.folder}${folder}/`, uri),
      gaps: [],
      pending: [],
    };
  const jobs = await fetchJobs(context, quota, run.id, attempt);
  const documents = [
    { name: "run", value: run as unknown },
    { name: "jobs", value: jobs },
    ...(attempt === number ? [{ name: "reviews", value: await fetchReviews(context, quota, run.id) }] : []),
  ];
  const items: ManifestItem[] = [];
  for (const { name, value } of documents) {
    const { document, redacted } = redact(value, context.log);
    const stored = { source: SOURCE, name: `${folder}/${name}`, uri: `${uri}#${name}` };
    items.push(...(await putDocument(context, { ...stored, value: { redacted, document } })));
  }
  const neverRan = jobs.every(({ steps = [] }) => steps.length === 0);
  const log = await collectLog(context, quota, { run, attempt, key: logKey, uri, neverRan });
  return { ...log, run: captured(run, attempt, log.log), items: [...items, ...log.items] };
}

/** One attempt of a run as GitHub has it. */
export async function fetchAttempt(
  { github, repository }: SourceContext,
  quota: GitHubQuota,
  id: number,
  attempt: number,
): Promise<WorkflowRun> {
  quota.check();
  const { data, headers } = await github.request(
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}",
    { ...repository, run_id: id, attempt_number: attempt },
  );
  quota.note(headers);
  return withNumber(data);
}

/** As far as this file looks into it; it is kept whole. */
interface Job {
  steps?: unknown[];
}

async function fetchJobs(
  { github, repository }: SourceContext,
  quota: GitHubQuota,
  id: number,
  attempt: number,
): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let page = 1; ; page += 1) {
    quota.check();
    const { data, headers } = await github.request(
      "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
      { ...repository, run_id: id, attempt_number: attempt, per_page: JOBS_A_PAGE, page },
    );
    quota.note(headers);
    jobs.push(...data.jobs);
    if (data.jobs.length < JOBS_A_PAGE) return jobs;
  }
}

async function fetchReviews(
  { github, repository }: SourceContext,
  quota: GitHubQuota,
  id: number,
): Promise<unknown> {
  quota.check();
  const { data, headers } = await github.request(
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals",
    { ...repository, run_id: id },
  );
  quota.note(headers);
  return data;
}

interface LogRequest {
  run: WorkflowRun;
  attempt: number;
  key: string;
  uri: string;
  /** No job of the attempt ran a step. */
  neverRan: boolean;
}

async function collectLog(
  context: SourceContext,
  quota: GitHubQuota,
  { run, attempt, key, uri, neverRan }: LogRequest,
): Promise<Omit<AttemptItems, "run"> & { log: CapturedRun["log"] }> {
  const none = { items: [], gaps: [], pending: [] };
  const what = `log of run ${run.id}, attempt ${attempt}, of ${run.path}`;
  if (run.status !== "completed") {
    const why = `in progress (${run.status}): GitHub gives a run's log when it has ended`;
    return { ...none, log: "in progress", pending: [{ what, why, expectedBy: null }] };
  }
  try {
    await streamItem(
      context,
      key,
      () => download(context, quota, run.id, attempt),
      { run: `${run.id}`, attempt: `${attempt}` },
      "zip as it is",
    );
  } catch (error) {
    const { status, name, message } = error as Error & { status?: number };
    const gone = status === 404 || status === 410;
    if (gone && neverRan) return { ...none, log: "none" };
    const why = gone
      ? `GitHub has no log of it (${status}): it has expired or was removed`
      : `${name}: ${message}`;
    return { ...none, log: "missing", gaps: [{ what, why }] };
  }
  return { ...none, log: "collected", items: [await logItem(context, key, uri)] };
}

/**
 * GitHub answers with a redirect to a signed address elsewhere, valid for a minute; `fetch` follows it and takes the
 * token along to no other origin (https://fetch.spec.whatwg.org/#http-redirect-fetch).
 */
async function* download(
  { github, repository }: SourceContext,
  quota: GitHubQuota,
  id: number,
  attempt: number,
): AsyncGenerator<Buffer> {
  quota.check();
  const { data } = await github.request(
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/logs",
    { ...repository, run_id: id, attempt_number: attempt, request: { parseSuccessResponseBody: false } },
  );
  for await (const chunk of data as unknown as AsyncIterable<Uint8Array>) yield Buffer.from(chunk);
}

function presentItems(context: SourceContext, prefix: string, uri: string): Promise<ManifestItem[]> {
  const keys = [...context.present].filter((key) => key.startsWith(prefix));
  return Promise.all(
    keys.map(async (key) => {
      if (key.endsWith(".zip")) return logItem(context, key, uri);
      const object = await found(context, key);
      const name = key.slice(prefix.length).replace(/(~\d+)?\.json$/, "");
      return documentItem(context.vault, { source: SOURCE, uri: `${uri}#${name}` }, object);
    }),
  );
}

async function logItem(context: SourceContext, key: string, uri: string): Promise<ManifestItem> {
  const object = await found(context, key);
  return {
    source: SOURCE,
    key,
    versionId: object.versionId,
    size: object.size,
    sha256: object.sha256 ?? (await hashObject(context.vault, context.clock, key)),
    method: "stream",
    collectedAt: object.lastModified.toISOString(),
    origin: { uri: `${uri}/logs` },
  };
}

async function found({ vault, clock }: SourceContext, key: string) {
  const object = await patiently(clock, () => headObject(vault, key));
  if (!object) throw new Error(`s3://${vault.bucket}/${key} was written and cannot be found`);
  return object;
}

function captured(run: WorkflowRun, attempt: number, log: CapturedRun["log"]): CapturedRun {
  return {
    id: run.id,
    attempt,
    workflow: run.path,
    event: run.event,
    status: run.status ?? "unknown",
    conclusion: run.conclusion,
    startedAt: run.run_started_at ?? run.created_at,
    log,
  };
}
