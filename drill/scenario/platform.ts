/** The simulated platform of one drill: started, wired together and seeded as the scenario says. */
import { type Autoscaling, createAutoscaling } from "../aws/autoscaling.ts";
import { createEcs, type Ecs } from "../aws/ecs/index.ts";
import { createKms, type Kms } from "../aws/kms/index.ts";
import { createLogs, type Logs } from "../aws/logs/index.ts";
import { createAws, type SimulatedAws } from "../aws/server.ts";
import { createSsm, type Ssm } from "../aws/ssm/index.ts";
import { CallLog } from "../calls.ts";
import type { FaultRule, SimClock } from "../contracts.ts";
import { Faults } from "../faults.ts";
import { createGitHub, type SimulatedGitHub } from "../github/server.ts";
import { OidcIssuer } from "../oidc.ts";
import { createRandom } from "../random.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";
import { seedAws } from "./seed-aws.ts";
import { githubSeed } from "./seed-github.ts";

export interface Platform {
  readonly clock: SimClock;
  readonly calls: CallLog;
  readonly aws: SimulatedAws;
  readonly ecs: Ecs;
  readonly autoscaling: Autoscaling;
  readonly ssm: Ssm;
  readonly logs: Logs;
  readonly kms: Kms;
  readonly github: SimulatedGitHub;
  close(): Promise<void>;
}

/** Starts the platform on loopback and seeds it. The caller closes it. */
export async function startPlatform(
  scenario: Scenario,
  plan: WorldPlan,
  seed: number,
  clock: SimClock,
): Promise<Platform> {
  const random = createRandom(seed).fork("platform");
  const calls = new CallLog();
  const oidc = new OidcIssuer();
  const { accountId, region } = plan;
  const { latency_ms: latencyMs, trail_delay_seconds, task_start_seconds, task_stop_seconds } = scenario.aws;
  const ssm = createSsm({ clock });
  const kms = createKms();
  const logs = createLogs({ clock, random: random.fork("logs") });
  const ecs = createEcs({
    clock,
    random: random.fork("ecs"),
    region,
    accountId,
    durations: taskDurations(task_start_seconds * 1000, task_stop_seconds * 1000),
    hooks: {
      resolveSecret: (valueFrom) => ssm.store.resolveForTask(valueFrom),
      appendLog: (group, stream, events) => logs.store.append(group, stream, events),
    },
  });
  const autoscaling = createAutoscaling({ clock, random: random.fork("autoscaling"), services: ecs.scaling });
  const faults = (label: string) => new Faults(scenario.faults.map(toRule), random.fork(`faults ${label}`));
  const aws = await createAws({
    clock,
    calls,
    oidc,
    accountId,
    region,
    faults: faults("aws"),
    services: [ecs.service, autoscaling.service, ssm.service, logs.service, kms.service],
    latencyMs,
    trailDelayMs: trail_delay_seconds * 1000,
  });
  const github = await createGitHub({
    clock,
    calls,
    oidc,
    seed: githubSeed(scenario, plan, seed),
    faults: faults("github"),
    latencyMs,
  }).catch(async (error: unknown) => {
    autoscaling.close();
    await aws.close();
    throw error;
  });
  const platform: Platform = {
    clock,
    calls,
    aws,
    ecs,
    autoscaling,
    ssm,
    logs,
    kms,
    github,
    close: async () => {
      autoscaling.close();
      await Promise.all([aws.close(), github.close()]);
    },
  };
  try {
    seedAws(platform, scenario, plan);
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

function toRule({ delay_ms, lost_answer, limit, ...rule }: Scenario["faults"][number]): FaultRule {
  return {
    ...rule,
    ...(limit === undefined ? {} : { limit }),
    ...(delay_ms === undefined ? {} : { delayMs: delay_ms }),
    ...(lost_answer === undefined ? {} : { lostAnswer: lost_answer }),
  };
}

/** Shares the time to start and to stop among the states that a task goes through. */
function taskDurations(startMs: number, stopMs: number) {
  return {
    provisioning: startMs * 0.3,
    pending: startMs * 0.55,
    activating: startMs * 0.15,
    deactivating: stopMs * 0.1,
    stopping: stopMs * 0.6,
    deprovisioning: stopMs * 0.3,
  };
}
