import type { SealedCapture } from "../evidence/manifest.ts";
import { ownCaptures } from "../evidence/own-captures.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import { type CaptureJob, readCaptureJob } from "./capture-job.ts";
import { captureServes, type LiveState } from "./capture-serves.ts";
import { readParameter } from "./live-parameter.ts";
import { readLiveRole } from "./live-role.ts";
import { serviceTasks } from "./live-tasks.ts";
import { readLivePolicy } from "./policy-documented.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";

const POLL_MS = 5_000;
/** GitHub allows a job's token 1,000 requests an hour, so it is asked less often than the vault. */
const JOB_POLL_MS = 15_000;
const HEARTBEAT_MS = 30_000;
const MINUTE_MS = 60_000;

export interface EvidenceFinding extends Finding {
  capture: SealedCapture | null;
  /** True when the capture is still being made and the caller did not want to wait. */
  pending: boolean;
  /** True when time has passed, in which the world may have moved. */
  waited: boolean;
}

/**
 * A sealed capture covers what runs now.
 *
 * With `wait`, waits for it as long as this run's capture job is under way, up to the runbook's
 * `containment.capture_wait_minutes`, and no longer than that job lasts.
 */
export async function checkEvidence(context: CheckContext, wait: boolean): Promise<EvidenceFinding> {
  const { clock, log } = context.deps;
  const minutes = context.record.runbook.containment.capture_wait_minutes;
  const deadline = clock.now().getTime() + minutes * MINUTE_MS;
  let job: CaptureJob = { state: "absent" };
  let [jobReadAt, saidAt, waited] = [0, 0, false];
  for (;;) {
    const now = clock.now().getTime();
    // The job is read before the vault: what it sealed before it ended is then seen for certain.
    if (now - jobReadAt >= JOB_POLL_MS) [job, jobReadAt] = [await readCaptureJob(context), now];
    const { capture, refusals } = await newestServing(context);
    if (capture) return { ...held(sentence(context, capture)), capture, pending: false, waited };
    if (job.state !== "under-way")
      return { ...refused(...ended(context, job, refusals)), capture: null, pending: false, waited };
    if (!wait) {
      return { ...held("the capture is still being made"), capture: null, pending: true, waited };
    }
    if (now >= deadline) {
      const message = `The job '${context.request.captureJob}' of this run has not sealed a capture that covers what runs now within ${minutes} minutes.`;
      const late = refusal(
        "no-capture",
        message,
        `Let it finish, or see why it is slow; then ${again(context)}`,
      );
      return { ...refused(late, ...refusals), capture: null, pending: false, waited };
    }
    if (now - saidAt >= HEARTBEAT_MS) {
      log.info(
        `gate  waiting for the job '${context.request.captureJob}' to seal the capture, ${remaining(deadline - now)} left`,
      );
      saidAt = now;
    }
    await clock.sleep(POLL_MS);
    waited = true;
  }
}

/** The same as things are at this moment, whatever is under way: where nothing can be waited for. */
export async function checkEvidenceNow(context: CheckContext): Promise<EvidenceFinding> {
  const { capture, refusals } = await newestServing(context);
  const finding = capture
    ? held(sentence(context, capture))
    : refused(...ended(context, { state: "absent" }, refusals));
  return { ...finding, capture, pending: false, waited: false };
}

/** Reads what the change concerns: the tasks that it would end, the parameter's versions, the role's policies. */
export async function readLive({ deps, record, request }: CheckContext): Promise<LiveState> {
  const { region, cluster, service, parameter, auditBucket } = record.target;
  const aws = deps.aws(region);
  let tasks: LiveState["tasks"] = null;
  if (request.needs.redeploy) {
    const own = await request.ownDeployment?.();
    const all = await serviceTasks(aws.ecs, cluster, service, deps.clock);
    tasks = all.filter(
      (task) => (own === undefined || task.startedBy !== own) && request.spares?.(task) !== true,
    );
  }
  const { parameter: needsParameter, role, bucketPolicy } = request.needs;
  return {
    tasks,
    parameter: needsParameter ? await readParameter(aws.ssm, parameter) : null,
    role: role === undefined ? null : await readLiveRole(aws.iam, role),
    bucketPolicy: bucketPolicy === true ? await readLivePolicy(aws.s3, auditBucket) : null,
  };
}

/**
 * The newest sealed capture that serves; otherwise what the newest one lacks. What a sweep added later (a supplementary
 * capture) is not asked: it holds what an ordinary one lacked, never the whole of what runs.
 */
async function newestServing(
  context: CheckContext,
): Promise<{ capture: SealedCapture | null; refusals: Refusal[] }> {
  const { record } = context;
  const captures = (await ownCaptures(record)).filter(({ manifest }) => manifest.supplements === undefined);
  if (captures.length === 0) return { capture: null, refusals: [] };
  await record.refresh();
  const live = await readLive(context);
  let newest: Refusal[] | undefined;
  for (const capture of captures) {
    const refusals = await captureServes(context, capture, live);
    if (refusals.length === 0) return { capture, refusals: [] };
    newest ??= refusals;
  }
  return { capture: null, refusals: newest ?? [] };
}

function ended(context: CheckContext, job: CaptureJob, refusals: readonly Refusal[]): Refusal[] {
  const { record, request } = context;
  if (job.state === "ended" && job.conclusion !== "success") {
    const message = `The job '${request.captureJob}' of this run ended as ${job.conclusion}, and no sealed capture covers what runs now.`;
    return [refusal("capture-failed", message, `Read that job's log; then ${again(context)}`), ...refusals];
  }
  if (refusals.length > 0) return [...refusals];
  const message = `Incident ${record.id} has no sealed capture in s3://${record.vault.bucket}.`;
  return [refusal("no-capture", message, again(context))];
}

function sentence({ request: { needs } }: CheckContext, { capture }: SealedCapture): string {
  const what = [
    ...(needs.redeploy ? ["covers every task that runs now"] : []),
    ...(needs.parameter ? ["documents the parameter's current version"] : []),
    ...(needs.sources ? [`preserves ${needs.sources.join(" and ")}`] : []),
    ...(needs.role === undefined ? [] : [`documents the policies of the role ${needs.role} as they are`]),
    ...(needs.bucketPolicy ? ["documents the audit bucket's policy as it is"] : []),
  ];
  return `capture ${capture} is sealed and labelled${what.map((one) => `, ${one}`).join("")}`;
}

function again({ record }: CheckContext): string {
  return `preserve the evidence: ${preserveCommand(record)}`;
}

function remaining(ms: number): string {
  return ms >= MINUTE_MS ? `${Math.ceil(ms / MINUTE_MS)} min` : `${Math.ceil(ms / 1000)} s`;
}
