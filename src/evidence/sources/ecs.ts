import type { Service } from "@aws-sdk/client-ecs";
import type { SourceContext, SourceResult } from "../context.ts";
import { Fingerprints } from "../fingerprint.ts";
import { putDocument } from "../item-writer.ts";
import { safeName } from "../keys.ts";
import type { CapturedTask, Gap, ManifestItem, SourceOf } from "../manifest.ts";
import { redact } from "../redact.ts";
import type { ObservedTask } from "../service-view.ts";
import { describeScaling } from "./scaling.ts";
import { interfacesOf } from "./task-interfaces.ts";

/**
 * The service as it runs: service with its events and deployments, tasks (running and recently stopped), the task
 * definitions that they run, scalable targets and policies. Secrets, and every variable of an environment that is not
 * known to be harmless, are replaced by fingerprints.
 */
export async function collectEcs(context: SourceContext): Promise<SourceResult<SourceOf<"ecs">>> {
  const view = await context.service();
  const items: ManifestItem[] = [];
  const gaps: Gap[] = view.unreadable.map(({ what, why }) => ({ what, why }));
  const documents = [
    {
      name: "service",
      uri: view.service.serviceArn ?? context.target.service,
      value: async () => view.service,
    },
    {
      name: "tasks",
      uri: `${view.service.serviceArn}#tasks`,
      value: async () => view.tasks.map(({ task }) => task),
    },
    ...view.taskDefinitions.map((definition) => ({
      name: `task-definitions/${safeName(`${definition.family}-${definition.revision}`)}`,
      uri: definition.taskDefinitionArn ?? "",
      value: async () => definition,
    })),
    {
      name: "autoscaling",
      uri: `application-autoscaling:service/${context.target.cluster}/${context.target.service}`,
      value: () => describeScaling(context),
    },
  ];
  // One salt for all of them: a variable that two revisions share can be seen to be the same.
  const fingerprints = new Fingerprints();
  for (const [index, { name, uri, value }] of documents.entries()) {
    try {
      const { document, redacted } = redact(await value(), context.log, fingerprints);
      const observedAt = view.observedAt.toISOString();
      items.push(
        ...(await putDocument(context, {
          source: "ecs",
          name: `ecs/${name}`,
          uri,
          value: { observedAt, redacted, document },
        })),
      );
    } catch (error) {
      gaps.push({ what: `ecs/${name}.json`, why: `${(error as Error).name}: ${(error as Error).message}` });
    }
    context.progress({ unit: "documents", done: index + 1, total: documents.length });
  }
  const tasks = view.tasks.map((task) => capturedTask(task, view.service));
  gaps.push(
    ...tasks.flatMap(({ taskId, uncaptured }) =>
      uncaptured.map(({ container, why }) => ({
        what: `output of container ${container} of task ${taskId}`,
        why,
      })),
    ),
  );
  return {
    record: {
      source: "ecs",
      status: gaps.length === 0 ? "complete" : items.length > 0 ? "partial" : "failed",
      expected: {
        documents: documents.length,
        tasks: tasks.length,
        counted: "ListTasks, running and stopped",
      },
      collected: { documents: items.length, tasks: tasks.length },
      gaps,
      service: view.service.serviceArn ?? context.target.service,
      tasks,
    },
    items,
  };
}

function capturedTask({ id, task, output }: ObservedTask, service: Service): CapturedTask {
  return {
    taskArn: task.taskArn ?? "",
    taskId: id,
    lastStatus: task.lastStatus ?? "UNKNOWN",
    streams: output.streams.map(({ stream }) => stream),
    uncaptured: output.uncaptured,
    interfaces: interfacesOf(task, service),
  };
}
