/** Every play and every way back, each with what makes it ready: one row is all that the walks need of a play. */

import { REVIEWER } from "./people.ts";
import type { PlayWorld, WorldOptions } from "./play-world.ts";
import { PROTECT_AUDIT_LOGS, UNDO_PROTECTION } from "./plays-audit.ts";
import { BLOCK_USER, ROTATE_AT_ENTRA, UNBLOCK_USER } from "./plays-tenant.ts";

export interface Play {
  name: string;
  /** The action whose bundle carries it out. */
  action: string;
  /** Inputs of the declaration, laid over a High incident in dev on servicenow. */
  declare: Record<string, string>;
  /** What of the evidence is preserved. */
  sources: string;
  world?: WorldOptions;
  /** What the bundle is given besides the incident. */
  inputs?: Record<string, string>;
  /** The way back of these actions, which are carried out first. */
  after?: { action: string; change: "restore" | "undo" };
  /** What the attacker does before the evidence is preserved; then the verdict on the audit trail decides. */
  attack?: (world: PlayWorld) => Promise<unknown>;
  /** What the change is held against in the capture, beside the label. */
  needs?: { tasks?: true; parameter?: true; role?: true; policy?: true; source?: string };
  /** The way back leaves something, and says so: what it gives back is not all that there was. */
  remains?: true;
  /** Changes that a re-run may have to make once more, because nobody can know what came of the first. */
  remade?: string[];
  /** Its way back has to wait for other incidents about the same. */
  shared?: true;
  /** The glass is broken, since a task is replaced after the capture was sealed. */
  glass?: boolean;
  /** The gate is asked for the same as for another row: the table leaves it out. */
  sameGate?: boolean;
  /** Somebody else changes what the play is about; the difference, as the refusal shows it. */
  drift: { happens: (world: PlayWorld) => void; shows: RegExp };
}

const ROLE = "arn:aws:iam::111122223333:role/aiconnectors-servicenow-dev-task";
const SERVICE_SOURCES = "cloudwatch-logs,ecs,ssm-parameter";
const OUTAGE = { type: "service-outage" };
const ROLE_USE = { type: "iam-role-unauthorized-use", principal: ROLE };
const REASON = "The root cause is confirmed and removed.";
const OPEN_TO_ALL =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}';

const otherCapacity = {
  happens: (world: PlayWorld) => {
    const { cluster, service } = world.target;
    world.platform.autoscaling.seed({
      resourceId: `service/${cluster}/${service}`,
      minCapacity: 1,
      maxCapacity: 12,
      policies: [{ name: "cpu", metric: "ECSServiceAverageCPUUtilization", targetValue: 60 }],
    });
  },
  shows: /from\.maxCapacity was 4, is 12/,
};
const scaledUp = {
  happens: (world: PlayWorld) => {
    const { cluster, service } = world.target;
    world.platform.ecs.scaling.setDesiredCount(`service/${cluster}/${service}`, 3);
  },
  shows: /the desired count was left at 0 and is 3/,
};
/** Somebody writes the parameter, be it with the same value. */
const otherVersion = {
  happens: ({ platform, target }: PlayWorld) => {
    const { value } = platform.ssm.store.get(target.parameter).latest;
    const modifiedBy = "arn:aws:iam::111122223333:user/somebody";
    platform.ssm.store.seed({ name: target.parameter, value, modifiedBy });
  },
  shows: /from\.parameterVersion was 2, is 3/,
};
const otherTrust = {
  happens: (world: PlayWorld) => {
    role(world).trust = OPEN_TO_ALL;
  },
  shows: /its trust policy changed since|trustPolicy/,
};

function role({ platform, target }: PlayWorld) {
  return platform.aws.iam.store.role(`${target.service}-task`);
}

const scaleDown: Play = {
  name: "scale-down",
  action: "scale-down",
  declare: OUTAGE,
  sources: SERVICE_SOURCES,
  needs: { tasks: true },
  drift: otherCapacity,
};

const revokeSessions: Play = {
  name: "revoke-role (sessions)",
  action: "revoke-role",
  sameGate: true,
  declare: { ...ROLE_USE, revoke: "sessions" },
  sources: "cloudwatch-logs,ecs,iam-role",
  needs: { tasks: true, role: true },
  drift: otherTrust,
};

const revokeTrust: Play = {
  ...revokeSessions,
  name: "revoke-role (trust)",
  sameGate: true,
  declare: { ...ROLE_USE, revoke: "trust" },
};

const revokeBoth: Play = {
  ...revokeTrust,
  name: "revoke-role (both)",
  sameGate: false,
  declare: { ...ROLE_USE, revoke: "both" },
};

const rotate: Play = {
  name: "rotate-secret (terragrunt)",
  action: "rotate-secret",
  declare: { type: "client-secret-compromised", severity: "critical" },
  sources: SERVICE_SOURCES,
  needs: { tasks: true, parameter: true },
  inputs: { "disabled-by": REVIEWER, "disabled-at": new Date(Date.now() - 60_000).toISOString() },
  world: {
    scenario: {
      stand_ins: { terragrunt: "terragrunt.ts" },
      files: {
        "infra/initial/mcps/servicenow/main.tf":
          'resource "aws_ssm_parameter" "client_secret" {\n  name = "/aiconnectors/dev/servicenow/azure-client-secret"\n}\n',
      },
    },
  },
  drift: otherVersion,
};

/** Every play, then every way back, then what is done with the glass broken. */
export const PLAYS: readonly Play[] = [
  scaleDown,
  rotate,
  ROTATE_AT_ENTRA,
  BLOCK_USER,
  PROTECT_AUDIT_LOGS,
  revokeSessions,
  revokeTrust,
  revokeBoth,
  {
    ...scaleDown,
    name: "restore-service",
    action: "restore-service",
    inputs: { "root-cause": REASON },
    needs: {},
    shared: true,
    after: { action: "scale-down", change: "restore" },
    drift: scaledUp,
  },
  {
    ...scaleDown,
    name: "undo (scale-down)",
    action: "undo",
    inputs: { reason: REASON },
    needs: {},
    shared: true,
    after: { action: "scale-down", change: "undo" },
    drift: scaledUp,
  },
  {
    ...revokeBoth,
    name: "undo (revoke-role)",
    action: "undo",
    inputs: { reason: REASON },
    needs: {},
    shared: true,
    after: { action: "revoke-role", change: "undo" },
    drift: otherTrust,
  },
  UNBLOCK_USER,
  UNDO_PROTECTION,
  {
    ...scaleDown,
    name: "break glass (scale-down)",
    declare: { ...OUTAGE, severity: "critical" },
    glass: true,
  },
  {
    ...revokeBoth,
    name: "break glass (revoke-role)",
    declare: { ...revokeBoth.declare, severity: "critical" },
    glass: true,
  },
];
