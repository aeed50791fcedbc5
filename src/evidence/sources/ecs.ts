import type { Service } from "@aws-sdk/client-ecs";
import type { SourceContext, SourceResult } from "../context.ts";
import { Fingerprints } from "../fingerprint.ts";
import { putDocument } from "../item-writer.ts";
import { redact } from "../redact.ts";
import { listTasks, type ObservedTask, type ServiceView } from "../service-view.ts";
import type { CapturedTask, Gap, ManifestItem, Pending, SourceOf } from "../source-schema.ts";
import { documentsOf, held, roleDocument } from "./ecs-documents.ts";
import { rolesOf } from "./ecs-roles.ts";
import { interfacesOf } from "./task-interfaces.ts";

/**
 * The service as it runs: service with its events and deployments, tasks (running and recently stopped) with start
 * times and image digests, the task definitions that they run, scalable targets and policies, and the roles that the
 * tasks run with. Secrets, and every variable of an environment that is not known to be harmless, are replaced by
 * fingerprints.
 *
 * The tasks are listed once more at the end: whatever has started meanwhile is named, and a supplementary capture
 * documents it.
 */
export async function collectEcs(context: SourceContext): Promise<SourceResult<SourceOf<"ecs">>> {
  const view = await context.service();
  const before = held(context.earlier);
  const tasks = view.tasks.filter(({ id }) => !before.tasks.has(id));
  const documents = documentsOf(context, { ...view, tasks }).filter(({ name }) => !before.names.has(name));
  const items: ManifestItem[] = [];
  const unreadable = new Set(view.unreadable.map(({ what }) => what));
  const gaps: Gap[] = [
    ...view.unreadable.map(({ what, why }) => ({ what, why })),
    ...before.gaps.filter(({ what }) => !unreadable.has(what) && !isReadable(view, what)),
  ];
  const keys = new Map<string, string>();
  // One salt for all of them: a variable that two revisions share can be seen to be the same.
  const fingerprints = new Fingerprints();
  for (const [index, { name, uri, read }] of documents.entries()) {
    try {
      const { value, gaps: missing } = await read();
      const { document, redacted } = redact(value, context.log, fingerprints);
      const observedAt = view.observedAt.toISOString();
      const described = { source: "ecs", name, uri, value: { observedAt, redacted, document } };
      const put = await putDocument(context, described);
      items.push(...put);
      gaps.push(...missing);
      keys.set(name, put.at(-1)?.key ?? "");
    } catch (error) {
      gaps.push({ what: `${name}.json`, why: `${(error as Error).name}: ${(error as Error).message}` });
    }
    context.progress({ unit: "documents", done: index + 1, total: documents.length });
  }
  const captured = tasks.map((task) => capturedTask(task, view.service));
  gaps.push(...captured.flatMap(outputNowhere));
  const again = await lookAgain(context, view);
  const known = before.tasks.size + captured.length;
  return {
    record: {
      source: "ecs",
      status: gaps.length === 0 ? "complete" : items.length > 0 ? "partial" : "failed",
      expected: {
        documents: before.names.size + documents.length,
        tasks: known + again.pending.length,
        counted: "ListTasks, running and stopped, before and after",
        ...(again.gone.length > 0 ? { goneMeanwhile: again.gone.join(", ") } : {}),
      },
      collected: { documents: before.names.size + keys.size, tasks: known },
      gaps,
      ...(again.pending.length > 0 ? { pending: again.pending } : {}),
      service: view.service.serviceArn ?? context.target.service,
      tasks: captured,
      roles: rolesOf(view.taskDefinitions).map((role) => {
        const name = roleDocument(role.arn);
        return { ...role, key: keys.get(name) ?? before.names.get(name) ?? null };
      }),
    },
    items,
  };
}

/** The other route to the number of tasks: a second listing, compared with the first by id. */
async function lookAgain(
  context: SourceContext,
  view: ServiceView,
): Promise<{ pending: Pending[]; gone: string[] }> {
  const listed = await listTasks(context.aws, context.clock, context.target);
  const now = context.clock.now().toISOString();
  const seen = new Set(view.tasks.map(({ task }) => task.taskArn));
  const unreadable = new Set(view.unreadable.map(({ what }) => what));
  return {
    pending: [...listed]
      .filter((arn) => !seen.has(arn) && !unreadable.has(arn))
      .map((arn) => ({
        what: `task ${arn.slice(arn.lastIndexOf("/") + 1)}`,
        why: "it started after the service was looked at",
        expectedBy: now,
      })),
    gone: view.tasks.filter(({ task }) => !listed.has(task.taskArn ?? "")).map(({ id }) => id),
  };
}

/** Whether ECS describes now what it would not describe before. */
function isReadable(view: ServiceView, arn: string): boolean {
  return (
    view.tasks.some(({ task }) => task.taskArn === arn) ||
    view.taskDefinitions.some(({ taskDefinitionArn }) => taskDefinitionArn === arn)
  );
}

function outputNowhere({ taskId, uncaptured }: CapturedTask): Gap[] {
  return uncaptured.map(({ container, why }) => ({
    what: `output of container ${container} of task ${taskId}`,
    why,
  }));
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
