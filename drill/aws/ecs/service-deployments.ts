/** The history of a service's deployments: ListServiceDeployments and DescribeServiceDeployments. */
import { z } from "zod";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import { failureThreshold } from "./deployment.ts";
import type { Deployment, Service } from "./model.ts";
import { page, paging } from "./paging.ts";
import type { EcsStore } from "./store.ts";
import { seconds } from "./task-wire.ts";
import { countTasks, describeConfiguration, serviceDeploymentArn } from "./wire.ts";

const CODE = "InvalidParameterException";

const status = z.enum([
  "PENDING",
  "SUCCESSFUL",
  "STOPPED",
  "STOP_REQUESTED",
  "IN_PROGRESS",
  "ROLLBACK_REQUESTED",
  "ROLLBACK_IN_PROGRESS",
  "ROLLBACK_SUCCESSFUL",
  "ROLLBACK_FAILED",
]);

const ListInput = z.strictObject({
  cluster: z.string().optional(),
  service: z.string(),
  status: z.array(status).optional(),
  createdAt: z.strictObject({ after: z.number().optional(), before: z.number().optional() }).optional(),
  ...paging(100),
});

/** Newest first. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html */
export function listServiceDeployments(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(ListInput, raw, CODE, "ListServiceDeployments");
    context.log(input.service);
    const service = store.service(store.cluster(input.cluster), input.service);
    const { after = 0, before = Number.POSITIVE_INFINITY } = input.createdAt ?? {};
    const found = service.history.filter(({ outcome, createdAt }) => {
      const at = seconds(createdAt);
      return (input.status === undefined || input.status.includes(outcome)) && at >= after && at <= before;
    });
    const briefs = found.map((deployment) => ({
      ...common(store, service, deployment),
      targetServiceRevisionArn: revisionArn(store, service, deployment.revisionId),
    }));
    return page("serviceDeployments", briefs, input, 20);
  };
}

const DescribeInput = z.strictObject({ serviceDeploymentArns: z.array(z.string()).min(1).max(20) });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html */
export function describeServiceDeployments(store: EcsStore): JsonOperation {
  return (raw, context) => {
    const { serviceDeploymentArns: arns } = readInput(DescribeInput, raw, CODE, "DescribeServiceDeployments");
    context.log(arns.join(" "));
    const known = new Map(
      store.services.flatMap((service) =>
        service.history.map((deployment) => [
          serviceDeploymentArn(store, service, deployment),
          { service, deployment },
        ]),
      ),
    );
    return {
      serviceDeployments: arns.flatMap((arn) => {
        const found = known.get(arn);
        return found === undefined ? [] : [describe(store, found.service, found.deployment)];
      }),
      failures: arns.filter((arn) => !known.has(arn)).map((arn) => ({ arn, reason: "MISSING" })),
    };
  };
}

function describe(store: EcsStore, service: Service, deployment: Deployment): object {
  const tasks = store.tasksOf(service).filter(({ startedBy }) => startedBy === deployment.id);
  const { runningCount, pendingCount } = countTasks(tasks);
  const { outcome, finishedAt } = deployment;
  const rolledBack = outcome.startsWith("ROLLBACK");
  return {
    ...common(store, service, deployment),
    updatedAt: seconds(deployment.updatedAt),
    ...(outcome === "STOPPED" && finishedAt !== null ? { stoppedAt: seconds(finishedAt) } : {}),
    sourceServiceRevisions: deployment.sourceRevisionIds.map((id) => ({
      arn: revisionArn(store, service, id),
    })),
    targetServiceRevision: {
      arn: revisionArn(store, service, deployment.revisionId),
      requestedTaskCount: service.desiredCount,
      runningTaskCount: runningCount,
      pendingTaskCount: pendingCount,
    },
    deploymentConfiguration: describeConfiguration(service),
    deploymentCircuitBreaker: {
      status: circuitBreakerStatus(service, deployment),
      failureCount: deployment.failedTasks,
      threshold: failureThreshold(service.desiredCount),
    },
    ...(rolledBack
      ? {
          rollback: {
            reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
            startedAt: seconds(deployment.updatedAt),
            serviceRevisionArn: revisionArn(store, service, service.lastCompleted.revisionId),
          },
        }
      : {}),
  };
}

function common(store: EcsStore, service: Service, deployment: Deployment): object {
  const { outcome, createdAt, finishedAt } = deployment;
  return {
    serviceDeploymentArn: serviceDeploymentArn(store, service, deployment),
    serviceArn: service.arn,
    clusterArn: store.arn(`cluster/${service.cluster}`),
    createdAt: seconds(createdAt),
    startedAt: seconds(createdAt),
    ...(finishedAt === null ? {} : { finishedAt: seconds(finishedAt) }),
    status: outcome,
    ...(outcome === "IN_PROGRESS" || outcome === "SUCCESSFUL"
      ? {}
      : { statusReason: deployment.rolloutStateReason }),
  };
}

function circuitBreakerStatus({ configuration }: Service, { outcome }: Deployment): string {
  if (!configuration.circuitBreaker.enable) return "DISABLED";
  if (outcome === "IN_PROGRESS") return "MONITORING";
  return outcome === "SUCCESSFUL" ? "MONITORING_COMPLETE" : "TRIGGERED";
}

function revisionArn(store: EcsStore, { cluster, name }: Service, revisionId: string): string {
  return store.arn(`service-revision/${cluster}/${name}/${revisionId}`);
}
