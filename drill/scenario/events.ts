/** Scripted happenings: what starts them, and what they do to the platform behind everybody's back. */
import { UNCHECKED } from "../aws/access/permissions.ts";
import { parsePolicy } from "../aws/s3/policy.ts";
import type { CallRecord, SimClock } from "../contracts.ts";
import type { Random } from "../random.ts";
import type { RunnerEvent } from "../runner/events.ts";
import { tamperWithAudit } from "./audit-events.ts";
import { entraSecret } from "./content.ts";
import { type PlannedMcp, principalArn, type WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { useRole } from "./role-sessions.ts";
import type { ScenarioEvent, Trigger } from "./schema.ts";
import { deliverSignIns } from "./sign-in-export.ts";
import { changeUser, signIn } from "./user-events.ts";

/** Tells when a trigger has come. Every trigger comes once. */
export class Moments {
  readonly #clock: SimClock;
  readonly #seen = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #start: number;

  constructor(clock: SimClock, start: number) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Resolves when the trigger has come and `seconds` more have passed; rejects when `signal` aborts. */
  async after(trigger: Trigger, seconds: number, signal: AbortSignal): Promise<void> {
    if (typeof trigger === "object" && "after_seconds" in trigger) {
      const at = this.#start + (trigger.after_seconds + seconds) * 1000;
      return this.#clock.sleep(Math.max(at - this.#clock.now(), 0), signal);
    }
    await this.#reached(keyOf(trigger), signal);
    await this.#clock.sleep(seconds * 1000, signal);
  }

  /** What the runner tells. */
  onRunnerEvent(event: RunnerEvent): void {
    if (event.type === "run-started") this.#reach("dispatched");
    if (event.type === "job-reviewed" && event.state === "approved") this.#reach("approved");
    if (event.type === "job-waiting") this.#reach("asked");
    if ("job" in event) {
      const state = JOB_STATES[event.type];
      if (state) for (const job of new Set([event.job.key, event.job.name])) this.#reach(`${job} ${state}`);
    }
  }

  /** What the platform answered. The first CopyObject begins the copying, a manifest's PutObject is the seal. */
  onCall({ service, operation, status, resource }: CallRecord): void {
    if (status === 200) this.#reach(`call ${operation}`);
    if (service !== "s3" || status !== 200) return;
    if (operation === "CopyObject") this.#reach("copying");
    if (operation !== "PutObject") return;
    if (/\/captures\/[^/]+\/manifest\.json$/.test(resource)) this.#reach("sealed");
  }

  #reach(key: string): void {
    this.#seen.add(key);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const resolve of waiting) resolve();
  }

  #reached(key: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#seen.has(key)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}

const JOB_STATES: Readonly<Partial<Record<RunnerEvent["type"], string>>> = {
  "job-queued": "queued",
  "job-waiting": "waiting",
  "job-started": "in_progress",
  "job-completed": "completed",
};

function keyOf(trigger: Exclude<Trigger, { after_seconds: number }>): string {
  if (typeof trigger === "string") return trigger;
  return "call" in trigger ? `call ${trigger.call}` : `${trigger.job} ${trigger.state}`;
}

/**
 * Does one scripted thing. Nothing of it goes over the wire, so the call log holds the responders' calls alone, but for
 * `use_role`, which has to be refused like any other call; what someone did is in CloudTrail. Returns a sentence about it.
 */
export async function perform(
  event: ScenarioEvent,
  platform: Platform,
  plan: WorldPlan,
  random: Random,
  signal: AbortSignal,
): Promise<string> {
  const mcp = plan.mcps.find(({ settings }) => settings.name === (event.mcp ?? plan.mcp));
  if (!mcp) throw new Error(`the event '${event.do}' names the mcp '${event.mcp}', which is not there`);
  const { target } = mcp;
  switch (event.do) {
    case "replace_task":
      return replaceTask(platform, mcp, signal);
    case "put_parameter": {
      const modifiedBy = principalArn(plan.accountId, event.by ?? "break-glass-admin");
      const { version } = platform.ssm.store.seed({
        name: target.parameter,
        value: entraSecret(random),
        modifiedBy,
      });
      trail(platform, "ssm", "PutParameter", modifiedBy, target.parameter);
      return `${target.parameter} has version ${version} now`;
    }
    case "set_scaling":
      return setScaling(platform, mcp, plan, event);
    case "set_desired_count":
      platform.ecs.scaling.setDesiredCount(resourceId(mcp), event.to);
      trail(
        platform,
        "ecs",
        "UpdateService",
        principalArn(plan.accountId, "platform-operator"),
        target.service,
      );
      return `${target.service} is to run ${event.to} task(s) now`;
    case "hold_task": {
      const service = platform.ecs.store.service(target.cluster, target.service);
      const [held] = platform.ecs.store.tasksOf(service).filter(({ status }) => status === "RUNNING");
      if (!held) return `${target.service} runs no task that could lose touch`;
      platform.ecs.hold(held.id);
      return `the agent of task ${held.id.slice(0, 8)}… has lost touch: it will not be stopped`;
    }
    case "fail_deployments": {
      const service = platform.ecs.store.service(target.cluster, target.service);
      service.configuration.circuitBreaker = { enable: event.rollback, rollback: event.rollback };
      const fate =
        event.mode === "stuck" ? { kind: "stuck" as const } : { kind: "fail" as const, reason: event.reason };
      platform.ecs.setFate(target.cluster, target.service, fate);
      return `new deployments of ${target.service} will ${event.mode === "stuck" ? "get stuck" : "fail"}`;
    }
    case "change_policy": {
      const name = event.bucket === "vault" ? target.vault : target.auditBucket;
      platform.aws.s3.bucket(name).policy = parsePolicy(JSON.stringify(event.policy));
      const by = principalArn(plan.accountId, event.by ?? "platform-operator");
      trail(platform, "s3", "PutBucketPolicy", by, name, { bucketName: name, bucketPolicy: event.policy });
      return `the bucket policy of ${name} was changed`;
    }
    case "use_role":
      return useRole(event, platform, plan, target);
    case "change_user":
      return changeUser(event, platform);
    case "sign_in":
      return signIn(event, platform, plan);
    case "change_role": {
      const name = event.role.replaceAll("{service}", target.service);
      platform.aws.iam.store.role(name).trust = JSON.stringify(event.trust);
      const by = principalArn(plan.accountId, event.by ?? "platform-operator");
      trail(platform, "iam", "UpdateAssumeRolePolicy", by, name);
      return `the trust policy of ${name} was changed`;
    }
    case "overwrite_audit_object":
    case "delete_audit_object": {
      const by = principalArn(plan.accountId, event.by ?? "platform-operator");
      return tamperWithAudit(event.do, by, platform, mcp, random);
    }
    case "deliver_sign_ins":
      return deliverSignIns(event.records, platform, mcp, random);
    case "append_log_events": {
      const streams = platform.ecs.logStreams(target.cluster, target.service);
      for (const { group, stream } of streams) {
        const message = event.message ?? "INFO:     a line that came while the capture ran";
        const events = Array.from({ length: event.count }, () => ({
          timestamp: platform.clock.now() - event.minutes_old * 60_000,
          message,
        }));
        platform.logs.store.append(group, stream, events);
      }
      return `${streams.length} log stream(s) got ${event.count} more event(s) each`;
    }
  }
}

function resourceId({ target }: PlannedMcp): string {
  return `service/${target.cluster}/${target.service}`;
}

/** Lets a running task die, and waits until its replacement runs. */
async function replaceTask(
  { ecs, clock }: Platform,
  { target }: PlannedMcp,
  signal: AbortSignal,
): Promise<string> {
  const service = ecs.store.service(target.cluster, target.service);
  const running = () => ecs.store.tasksOf(service).filter(({ status }) => status === "RUNNING");
  const before = new Set(running().map(({ id }) => id));
  const [victim] = before;
  if (victim === undefined) return `${target.service} runs no task that could be replaced`;
  ecs.crash(victim);
  for (;;) {
    const fresh = running().find(({ id }) => !before.has(id));
    if (fresh)
      return `${target.service}: task ${victim.slice(0, 8)}… died, ${fresh.id.slice(0, 8)}… runs in its place`;
    await clock.sleep(1000, signal);
  }
}

async function setScaling(
  platform: Platform,
  mcp: PlannedMcp,
  plan: WorldPlan,
  { min, max, suspended }: Extract<ScenarioEvent, { do: "set_scaling" }>,
): Promise<string> {
  const register = platform.autoscaling.service.operations.RegisterScalableTarget;
  const state =
    suspended === undefined
      ? {}
      : {
          SuspendedState: {
            DynamicScalingInSuspended: suspended,
            DynamicScalingOutSuspended: suspended,
            ScheduledScalingSuspended: suspended,
          },
        };
  const input = {
    ServiceNamespace: "ecs",
    ScalableDimension: "ecs:service:DesiredCount",
    ResourceId: resourceId(mcp),
    ...(min === undefined ? {} : { MinCapacity: min }),
    ...(max === undefined ? {} : { MaxCapacity: max }),
    ...state,
  };
  const { clock } = platform;
  const { region, accountId } = plan;
  await register?.(input, {
    session: null,
    clock,
    region,
    accountId,
    requestId: "scenario",
    log: () => {},
    identify: () => {},
    permissions: UNCHECKED,
  });
  const by = principalArn(accountId, "platform-operator");
  trail(platform, "autoscaling", "RegisterScalableTarget", by, resourceId(mcp));
  return `the scaling of ${mcp.target.service} was changed`;
}

function trail(
  { aws, clock }: Platform,
  service: string,
  eventName: string,
  arn: string,
  name: string,
  requestParameters?: object,
): void {
  aws.cloudtrail.seed({
    eventName,
    eventTime: clock.now(),
    eventSource: `${service}.amazonaws.com`,
    username: arn.split("/").at(-1) ?? "",
    arn,
    resources: [{ type: `AWS::${service.toUpperCase()}::Resource`, name }],
    ...(requestParameters === undefined ? {} : { requestParameters }),
  });
}
