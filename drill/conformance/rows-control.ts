/** STS, ECS and Application Auto Scaling: who one is, what services and their scaling answer. */
import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { ending, type Row, refused } from "./row.ts";
import { fresh, type World } from "./world.ts";

const IDENTITY = "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html";
const WEB_IDENTITY = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html";
const ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference";
const SCALING = "https://docs.aws.amazon.com/autoscaling/application/APIReference";

/** Not signed by anybody. */
const FORGED = "eyJhbGciOiJSUzI1NiJ9.e30.bm90LWEtc2lnbmF0dXJl";

function assume({ sts, roleArn }: World, WebIdentityToken: string, DurationSeconds = 3600) {
  const RoleSessionName = "GitHubActions";
  return ending(
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName,
        WebIdentityToken,
        DurationSeconds,
      }),
    ),
  );
}

export const STS_ROWS: readonly Row[] = [
  {
    id: "sts-identity-of-a-session",
    service: "sts",
    behaviour: "The identity of a role's session is the ARN of the assumed role with the session's name.",
    page: IDENTITY,
    expected: { shape: true, account: true },
    run: async ({ sts, roleArn }) => {
      const { Arn = "", Account } = await sts.send(new GetCallerIdentityCommand({}));
      const role = roleArn.split("/").at(-1);
      return {
        shape: new RegExp(`^arn:aws:sts::\\d{12}:assumed-role/${role}/[\\w+=,.@-]+$`).test(Arn),
        account: Account === roleArn.split(":")[4],
      };
    },
  },
  {
    id: "sts-web-identity",
    service: "sts",
    behaviour: "A web identity token that the role trusts is exchanged for a session.",
    page: WEB_IDENTITY,
    expected: { ok: true },
    run: async (world) => assume(world, world.webIdentityToken()),
  },
  {
    id: "sts-web-identity-forged",
    service: "sts",
    behaviour: "A web identity token that the provider did not sign is refused.",
    page: WEB_IDENTITY,
    expected: refused("InvalidIdentityTokenException", 400),
    run: async (world) => assume(world, FORGED),
  },
  {
    id: "sts-web-identity-short-session",
    service: "sts",
    behaviour: "A session of less than 15 minutes is a validation error.",
    page: WEB_IDENTITY,
    expected: refused("ValidationError", 400),
    run: async (world) => assume(world, world.webIdentityToken(), 60),
  },
];

export const ECS_ROWS: readonly Row[] = [
  {
    id: "ecs-describe-missing-service",
    service: "ecs",
    behaviour: "A service that does not exist is no error but a failure with the reason MISSING.",
    page: `${ECS}/API_DescribeServices.html`,
    expected: { services: 0, reasons: ["MISSING"] },
    run: async ({ ecs, service }) => {
      const { cluster } = await service();
      const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: ["nobody"] }));
      return { services: answer.services?.length, reasons: answer.failures?.map(({ reason }) => reason) };
    },
  },
  {
    id: "ecs-describe-missing-cluster",
    service: "ecs",
    behaviour: "A cluster that does not exist is ClusterNotFoundException.",
    page: `${ECS}/API_DescribeServices.html`,
    expected: refused("ClusterNotFoundException", 400),
    run: async ({ ecs }) =>
      ending(ecs.send(new DescribeServicesCommand({ cluster: fresh("nobody"), services: ["nobody"] }))),
  },
  {
    id: "ecs-describe-eleven-services",
    service: "ecs",
    behaviour: "One call describes ten services at most.",
    page: `${ECS}/API_DescribeServices.html`,
    expected: refused("InvalidParameterException", 400),
    run: async ({ ecs, service }) => {
      const { cluster } = await service();
      const services = Array.from({ length: 11 }, (_, index) => `service-${index}`);
      return ending(ecs.send(new DescribeServicesCommand({ cluster, services })));
    },
  },
  {
    id: "ecs-describe-missing-task",
    service: "ecs",
    behaviour: "A task that does not exist, or has been forgotten, is a failure with the reason MISSING.",
    page: `${ECS}/API_DescribeTasks.html`,
    expected: { tasks: 0, reasons: ["MISSING"] },
    run: async ({ ecs, service }) => {
      const { cluster } = await service();
      const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks: ["0".repeat(32)] }));
      return { tasks: answer.tasks?.length, reasons: answer.failures?.map(({ reason }) => reason) };
    },
  },
  {
    id: "ecs-update-missing-service",
    service: "ecs",
    behaviour: "A service that does not exist cannot be updated.",
    page: `${ECS}/API_UpdateService.html`,
    expected: refused("ServiceNotFoundException", 400),
    run: async ({ ecs, service }) => {
      const { cluster } = await service();
      return ending(ecs.send(new UpdateServiceCommand({ cluster, service: "nobody", desiredCount: 0 })));
    },
  },
  {
    id: "ecs-scale-to-zero",
    service: "ecs",
    behaviour: "UpdateService takes a desired count of 0 and answers with it at once.",
    page: `${ECS}/API_UpdateService.html`,
    expected: { answered: 0, described: 0 },
    run: async ({ ecs, service }) => {
      const names = await service();
      const update = await ecs.send(new UpdateServiceCommand({ ...names, desiredCount: 0 }));
      const { services = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster: names.cluster, services: [names.service] }),
      );
      return { answered: update.service?.desiredCount, described: services[0]?.desiredCount };
    },
  },
  {
    id: "ecs-force-new-deployment",
    service: "ecs",
    behaviour:
      "Forcing a new deployment answers with a PRIMARY deployment of a new id; the old one becomes ACTIVE.",
    page: `${ECS}/API_UpdateService.html`,
    expected: { primaryIsNew: true, old: "ACTIVE", rollout: "IN_PROGRESS" },
    run: async ({ ecs, service }) => {
      const names = await service();
      const { services = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster: names.cluster, services: [names.service] }),
      );
      const before = services[0]?.deployments?.[0]?.id;
      const update = await ecs.send(new UpdateServiceCommand({ ...names, forceNewDeployment: true }));
      const deployments = update.service?.deployments ?? [];
      const primary = deployments.find(({ status }) => status === "PRIMARY");
      return {
        primaryIsNew: primary !== undefined && primary.id !== before,
        old: deployments.find(({ id }) => id === before)?.status ?? null,
        rollout: primary?.rolloutState,
      };
    },
  },
  {
    id: "ecs-service-runs-its-tasks",
    service: "ecs",
    behaviour: "A service runs as many tasks as desired, and ListTasks finds them by its name.",
    page: `${ECS}/API_ListTasks.html`,
    expected: { tasks: 2, running: 2 },
    run: async ({ ecs, service }) => {
      const { cluster, service: serviceName } = await service();
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName }));
      const { services = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster, services: [serviceName] }),
      );
      return { tasks: taskArns.length, running: services[0]?.runningCount };
    },
  },
  {
    id: "ecs-unknown-task-definition",
    service: "ecs",
    behaviour: "A task definition that does not exist is a client error.",
    page: `${ECS}/API_DescribeTaskDefinition.html`,
    expected: refused("ClientException", 400),
    run: async ({ ecs }) =>
      ending(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: fresh("nobody") }))),
  },
];

/** A service that may run one to four tasks. */
async function scaled(world: World) {
  const { cluster, service } = await world.service();
  const target = {
    ServiceNamespace: "ecs",
    ScalableDimension: "ecs:service:DesiredCount",
    ResourceId: `service/${cluster}/${service}`,
  } as const;
  const register = (more: object) =>
    world.scaling.send(new RegisterScalableTargetCommand({ ...target, ...more }));
  const describe = async () => {
    const { ServiceNamespace, ResourceId } = target;
    const { ScalableTargets } = await world.scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] }),
    );
    return ScalableTargets ?? [];
  };
  await register({ MinCapacity: 1, MaxCapacity: 4 });
  return { target, register, describe };
}

const SUSPENDED = {
  DynamicScalingInSuspended: true,
  DynamicScalingOutSuspended: true,
  ScheduledScalingSuspended: true,
};

export const SCALING_ROWS: readonly Row[] = [
  {
    id: "autoscaling-suspend-keeps-capacity",
    service: "autoscaling",
    behaviour: "Registering a target again with only a suspended state keeps its minimum and maximum.",
    page: `${SCALING}/API_RegisterScalableTarget.html`,
    expected: { min: 1, max: 4, suspended: SUSPENDED },
    run: async (world) => {
      const { register, describe } = await scaled(world);
      await register({ SuspendedState: SUSPENDED });
      const [found] = await describe();
      return { min: found?.MinCapacity, max: found?.MaxCapacity, suspended: { ...found?.SuspendedState } };
    },
  },
  {
    id: "autoscaling-suspended-by-default",
    service: "autoscaling",
    behaviour: "A target on which nobody suspended anything says of all three that they are not suspended.",
    page: `${SCALING}/API_SuspendedState.html`,
    expected: {
      suspended: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
    },
    run: async (world) => {
      const [found] = await (await scaled(world)).describe();
      return { suspended: { ...found?.SuspendedState } };
    },
  },
  {
    id: "autoscaling-unknown-target",
    service: "autoscaling",
    behaviour: "Describing a resource that nobody registered gives an empty list, and no error.",
    page: `${SCALING}/API_DescribeScalableTargets.html`,
    expected: { targets: 0 },
    run: async ({ scaling }) => {
      const ResourceIds = [`service/nobody/${fresh("nobody")}`];
      const { ScalableTargets } = await scaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds }),
      );
      return { targets: ScalableTargets?.length };
    },
  },
  {
    id: "autoscaling-minimum-above-maximum",
    service: "autoscaling",
    behaviour: "A minimum above the maximum is refused.",
    page: `${SCALING}/API_RegisterScalableTarget.html`,
    expected: refused("ValidationException", 400),
    run: async (world) => ending((await scaled(world)).register({ MinCapacity: 9, MaxCapacity: 2 })),
  },
];
