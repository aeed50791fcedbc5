/** The simulated platform of one drill: started, wired together and seeded as the scenario says. */
import { type SimulatedServices, startServices } from "../aws/services.ts";
import { CallLog } from "../calls.ts";
import type { FaultPicker, FaultRule, SimClock } from "../contracts.ts";
import { createEntra, type SimulatedEntra } from "../entra/server.ts";
import { Faults } from "../faults.ts";
import { createGitHub, type SimulatedGitHub } from "../github/server.ts";
import type { MessageLog } from "../messages.ts";
import { OidcIssuer } from "../oidc.ts";
import { createRandom } from "../random.ts";
import { createWebhooks, type SimulatedWebhooks } from "../webhooks/server.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";
import { seedAws, tamperBeforehand } from "./seed-aws.ts";
import { entraSeed } from "./seed-entra.ts";
import { githubSeed } from "./seed-github.ts";
import { seedNotifications } from "./seed-notifications.ts";

export interface Platform extends SimulatedServices {
  readonly clock: SimClock;
  readonly calls: CallLog;
  readonly github: SimulatedGitHub;
  readonly entra: SimulatedEntra;
  readonly webhooks: SimulatedWebhooks;
  /** Everything that people were told past GitHub. */
  readonly messages: MessageLog;
}

/** Starts the platform on loopback and seeds it. The caller closes it. `picker` replaces the scenario's faults. */
export async function startPlatform(
  scenario: Scenario,
  plan: WorldPlan,
  seed: number,
  clock: SimClock,
  picker?: FaultPicker,
): Promise<Platform> {
  const random = createRandom(seed).fork("platform");
  const calls = new CallLog();
  const oidc = new OidcIssuer();
  const { accountId, region } = plan;
  const { latency_ms: latencyMs, trail_delay_seconds, task_start_seconds, task_stop_seconds } = scenario.aws;
  const { log_export } = scenario.aws;
  const faults = (label: string) =>
    picker ?? new Faults(scenario.faults.map(toRule), random.fork(`faults ${label}`));
  const { close: closeAws, ...services } = await startServices({
    clock,
    random,
    calls,
    oidc,
    accountId,
    region,
    durations: taskDurations(task_start_seconds * 1000, task_stop_seconds * 1000),
    logs: {
      exports: {
        durationMs: log_export.seconds * 1000,
        delayMs: log_export.not_yet_exportable_minutes * 60_000,
      },
    },
    faults: faults("aws"),
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
    await closeAws();
    throw error;
  });
  const entra = await createEntra({
    ...entraSeed(scenario, plan, seed),
    clock,
    calls,
    oidc,
    faults: faults("entra"),
    latencyMs,
  });
  const { messages } = services.aws;
  const webhooks = await createWebhooks({
    clock,
    calls,
    messages,
    random: random.fork("webhooks"),
    faults: faults("webhooks"),
    latencyMs,
  });
  const platform: Platform = {
    clock,
    calls,
    ...services,
    github,
    entra,
    webhooks,
    messages,
    close: async () => {
      await Promise.all([closeAws(), github.close(), entra.close(), webhooks.close()]);
    },
  };
  for (const [name, owner] of Object.entries(scenario.repository.tokens)) {
    github.state.setSecret(name, github.state.userToken(owner));
  }
  try {
    seedAws(platform, scenario, plan);
    seedNotifications(platform, plan, scenario.aws.email);
    await tamperBeforehand(platform, scenario, plan);
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

function toRule({
  delay_ms,
  lost_answer,
  limit,
  call,
  subject,
  ...rule
}: Scenario["faults"][number]): FaultRule {
  return {
    ...rule,
    ...(limit === undefined ? {} : { limit }),
    ...(call === undefined ? {} : { call }),
    ...(subject === undefined ? {} : { subject }),
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
