/** What a scenario seeds, worked out before anything is running: the same seed and start give the same plan. */

import type { Runbook } from "../../src/runbook/schema.ts";
import { resolveTarget, type Target } from "../../src/runbook/target.ts";
import type { EventGenerator } from "../aws/logs/events.ts";
import { createRandom, type Random } from "../random.ts";
import { attackAuditObject, attackLines, auditObject, entraSecret, logEvents } from "./content.ts";
import { defaultMcp, type Scenario, type ScenarioAttacker, type ScenarioMcp } from "./schema.ts";

export interface PlannedStream {
  group: string;
  name: string;
  createdAt: number;
  generator: EventGenerator;
  /** What the attack left, besides the ordinary events. */
  attack: readonly { timestamp: number; message: string }[];
}

export interface PlannedTask {
  /** 32 hexadecimal digits. */
  id: string;
  startedAt: number;
  /** Null while it runs. */
  endedAt: number | null;
  streams: readonly PlannedStream[];
}

export interface PlannedObject {
  key: string;
  body: string;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

export interface PlannedVersion {
  value: string;
  modifiedAt: number;
  /** ARN. */
  modifiedBy: string;
  labels: readonly string[];
}

export interface PlannedMcp {
  settings: ScenarioMcp;
  target: Target;
  tasks: readonly PlannedTask[];
  versions: readonly PlannedVersion[];
  /** In the order of their times. Made on demand. */
  auditObjects: () => Generator<PlannedObject>;
}

export interface PlannedRead {
  at: number;
  username: string;
  sourceIp: string;
  parameter: string;
}

export interface WorldPlan {
  /** What the account is set up for. */
  runbook: Runbook;
  environment: string;
  /** Simulated time at which the drill begins, in milliseconds since the epoch. */
  start: number;
  accountId: string;
  region: string;
  /** The mcp that the incident is about, as dispatched. */
  mcp: string;
  mcps: readonly PlannedMcp[];
  /** The application that the runbook names in Microsoft Entra ID; null when it names none. */
  entra: { tenant: string; clientId: string; containmentClientId: string | null } | null;
  /** The attacker's reads of the parameter, for CloudTrail. */
  parameterReads: readonly PlannedRead[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The last seeded event lies this long before the drill begins. */
const QUIET_MS = 2 * SECOND_MS;

/** @throws FirebreakError when the runbook lacks the scenario's environment or one of its mcps. */
export function planWorld(scenario: Scenario, runbook: Runbook, seed: number, start: number): WorldPlan {
  const random = createRandom(seed);
  const known = runbook.environments[scenario.environment]?.mcps ?? [];
  const named = scenario.mcps.map(({ name }) => name);
  const mcp = String(scenario.dispatch.inputs.mcp ?? known[0] ?? "");
  const settings = [...scenario.mcps, ...known.filter((name) => !named.includes(name)).map(quietMcp)];
  const attacked = known.includes(mcp) ? mcp : (known[0] ?? "");
  const mcps = settings.map((one) =>
    planMcp({
      settings: one,
      target: resolveTarget(runbook, scenario.environment, one.name),
      random: random.fork(`mcp ${one.name}`),
      start,
      attacker: one.name === attacked ? scenario.attacker : null,
    }),
  );
  const target = mcps[0]?.target;
  const accountId = /^arn:[^:]+:iam::(\d{12}):/.exec(target?.evidenceRole ?? "")?.[1] ?? "";
  return {
    runbook,
    environment: scenario.environment,
    start,
    accountId,
    region: target?.region ?? "",
    mcp: attacked,
    mcps,
    entra: runbook.entra
      ? {
          tenant: runbook.entra.tenant,
          clientId: runbook.entra.client_id,
          containmentClientId: runbook.entra.containment_client_id ?? null,
        }
      : null,
    parameterReads: planReads(
      scenario.attacker,
      mcps.find(({ settings }) => settings.name === attacked),
      random,
      start,
    ),
  };
}

/** Neighbours are there so that the evidence has something to leave out, and are small so that they cost little. */
function quietMcp(name: string): ScenarioMcp {
  const settings = defaultMcp(name);
  return {
    ...settings,
    tasks: 1,
    ended_tasks: 0,
    autoscaling: null,
    log: { ...settings.log, events_per_task: 100 },
    audit: { ...settings.audit, objects_per_hour: 1 },
  };
}

interface McpContext {
  settings: ScenarioMcp;
  target: Target;
  random: Random;
  start: number;
  attacker: ScenarioAttacker | null;
}

function planMcp(context: McpContext): PlannedMcp {
  const { settings, target, random, start } = context;
  const account = /^arn:[^:]+:iam::(\d{12}):/.exec(target.evidenceRole)?.[1] ?? "";
  const span = settings.log.hours * HOUR_MS;
  const running = Array.from({ length: settings.tasks }, (_, index) => {
    const own = random.fork(`task ${index}`);
    return planTask(context, own, Math.floor(start - span - own.next() * 10 * MINUTE_MS), null);
  });
  const ended = Array.from({ length: settings.ended_tasks }, (_, index) => {
    const own = random.fork(`ended task ${index}`);
    return planTask(
      context,
      own,
      Math.floor(start - 1.5 * span),
      Math.floor(start - (0.5 + 0.4 * own.next()) * span),
    );
  });
  const secrets = random.fork("secrets");
  return {
    settings,
    target,
    tasks: [...running, ...ended],
    versions: settings.parameter.versions.map((version) => ({
      value: version.value ?? entraSecret(secrets),
      modifiedAt: Math.floor(start - version.days_ago * DAY_MS),
      modifiedBy: principalArn(account, version.by ?? "terraform-ci"),
      labels: version.labels,
    })),
    auditObjects: () => auditObjects(context),
  };
}

/** The ARN of whoever a scenario names: an ARN as it stands, else a role session of that name. */
export function principalArn(account: string, name: string): string {
  return name.startsWith("arn:") ? name : `arn:aws:sts::${account}:assumed-role/${name}/drill`;
}

function planTask(
  context: McpContext,
  random: Random,
  startedAt: number,
  endedAt: number | null,
): PlannedTask {
  const { settings, target, start, attacker } = context;
  const id = random.hex(32);
  const attackFrom = start - (attacker?.started_minutes_ago ?? 0) * MINUTE_MS;
  const streams = settings.containers.map(({ name, stream_prefix }) => ({
    group: target.logGroup,
    name: `${stream_prefix}/${name}/${id}`,
    createdAt: startedAt,
    generator: logEvents({
      random: random.fork(`log ${name}`),
      count: settings.log.events_per_task,
      from: startedAt,
      to: (endedAt ?? start) - QUIET_MS,
      users: settings.users,
    }),
    attack:
      attacker && endedAt === null
        ? attackLines(random.fork(`attack ${name}`), attacker, attackFrom, start - QUIET_MS)
        : [],
  }));
  return { id, startedAt, endedAt, streams };
}

function* auditObjects({ settings, target, random, start, attacker }: McpContext): Generator<PlannedObject> {
  const { objects_per_hour: perHour, hours, records } = settings.audit;
  const total = Math.floor(perHour * hours);
  const step = perHour === 0 ? 0 : HOUR_MS / perHour;
  const own = random.fork("audit");
  for (let index = 0; index < total; index += 1) {
    const from = start - QUIET_MS - (total - index) * step;
    const to = from + step * 0.98;
    const body = auditObject(own, { mcp: settings.name, users: settings.users, records, from, to });
    yield { key: auditKey(target, to, own), body, lastModified: Math.floor(to) };
  }
  if (attacker && attacker.audit_records > 0) {
    const from = start - attacker.started_minutes_ago * MINUTE_MS;
    const to = start - QUIET_MS;
    yield {
      key: auditKey(target, to, own),
      body: attackAuditObject(own, attacker, { mcp: settings.name, from, to }),
      lastModified: Math.floor(to),
    };
  }
}

/** The audit layout with its date filled in, then a name that no other object has. */
function auditKey({ auditLayout }: Target, at: number, random: Random): string {
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const [year = "", month = "", day = ""] = date.split("-");
  const folder = auditLayout
    .replaceAll("{yyyy}", year)
    .replaceAll("{MM}", month)
    .replaceAll("{dd}", day)
    .replaceAll("{HH}", time.slice(0, 2));
  return `${folder}${time.slice(0, 8).replaceAll(":", "")}-${random.hex(12)}.ndjson`;
}

function planReads(
  attacker: ScenarioAttacker | null,
  mcp: PlannedMcp | undefined,
  random: Random,
  start: number,
): PlannedRead[] {
  if (!attacker || !mcp) return [];
  const own = random.fork("parameter reads");
  return Array.from({ length: attacker.parameter_reads }, () => ({
    at: Math.floor(start - own.next() * attacker.started_minutes_ago * MINUTE_MS),
    username: attacker.user,
    sourceIp: attacker.source_ip,
    parameter: mcp.target.parameter,
  }));
}
