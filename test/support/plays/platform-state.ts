/** What the simulated platform is, in a form in which two worlds of the same seed can be compared. */
import type { Platform } from "../../../drill/scenario/platform.ts";
import { canonicalJson } from "../../../src/vault/digest.ts";

type State = Record<string, unknown>;
interface ServiceState {
  name: string;
  desired: number;
  running: number;
  pending: number;
  tasks: { lastStatus: string; stopCode: string | null; secretVersions: Record<string, number> }[];
  deployments: { status: string; rolloutState: string; taskDefinition: string }[];
}

/** Of a revocation, which denies what was begun before the moment at which it was written. */
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/**
 * Whatever a person or a program has set: how often something was set shows as well, where setting it anew leaves a
 * trace of its own (a deployment, a version, a task that was stopped).
 */
export function configurationOf(platform: Platform): string {
  const services = (platform.ecs.state() as unknown as ServiceState[]).map(
    ({ name, desired, deployments, tasks }) => ({
      name,
      desired,
      deployments: deployments.length,
      taskDefinition: deployments[0]?.taskDefinition,
      stoppedByHand: tasks.filter(({ stopCode }) => stopCode === "UserInitiated").length,
    }),
  );
  return canonicalJson({ services, ...settingsOf(platform) });
}

/** The configuration, and what has become of the tasks and deployments. */
export function endStateOf(platform: Platform): string {
  const services = (platform.ecs.state() as unknown as ServiceState[]).map((service) => ({
    name: service.name,
    desired: service.desired,
    running: service.running,
    pending: service.pending,
    deployments: service.deployments.map(({ status, rolloutState, taskDefinition }) => ({
      status,
      rolloutState,
      taskDefinition,
    })),
    stopped: service.tasks.filter(({ stopCode }) => stopCode === "UserInitiated").length,
    holding: service.tasks
      .filter(({ lastStatus }) => lastStatus === "RUNNING")
      .map(({ secretVersions }) => secretVersions),
  }));
  return canonicalJson({ services, ...settingsOf(platform) });
}

/** What a way back has to give back, byte for byte. */
export function restorableOf(platform: Platform): string {
  const services = (platform.ecs.state() as unknown as ServiceState[]).map(
    ({ name, desired, running, deployments }) => ({
      name,
      desired,
      running,
      taskDefinition: deployments[0]?.taskDefinition,
    }),
  );
  const { scaling, buckets } = settingsOf(platform);
  return canonicalJson({ services, scaling, buckets, roles: rolesOf(platform), tenant: tenantOf(platform) });
}

function settingsOf(platform: Platform): State {
  return {
    scaling: (platform.autoscaling.state() as State[]).map(
      ({ activities: _activities, ...target }) => target,
    ),
    parameters: platform.ssm.state().map(({ name, versions }) => ({
      name,
      versions: versions.map(({ version, labels }) => ({ version, labels })),
    })),
    roles: rolesOf(platform).map((role) => JSON.parse(JSON.stringify(role).replaceAll(MOMENT, "T"))),
    buckets: platform.aws.s3.buckets().map(({ name, policy }) => ({ name, policy })),
    tenant: JSON.parse(JSON.stringify(tenantOf(platform)).replaceAll(MOMENT, "T")),
  };
}

function rolesOf(platform: Platform) {
  return platform.aws.iam.store.state();
}

/** The tenant's users, and its applications without what Entra makes up for each secret. */
function tenantOf({ entra }: Platform): State {
  const made = /"(keyId|hint|startDateTime|endDateTime)":"[^"]*"/g;
  const applications = JSON.parse(JSON.stringify(entra.applications.snapshot()).replaceAll(made, '"$1":""'));
  return { users: entra.users.state(), applications };
}
