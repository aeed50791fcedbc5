import type { SourceContext } from "../context.ts";
import { safeName } from "../keys.ts";
import type { SealedCapture } from "../manifest.ts";
import type { ServiceView } from "../service-view.ts";
import type { Gap } from "../source-schema.ts";
import { rolesOf } from "./ecs-roles.ts";
import { readRole, roleName } from "./iam-role.ts";
import { describeScaling } from "./scaling.ts";

/** One document about the live service: `<name>.json` in the capture's folder. */
export interface LiveDocument {
  name: string;
  uri: string;
  /** The document, and what of it could not be read. */
  read: () => Promise<{ value: unknown; gaps: Gap[] }>;
}

/** Everything that there is to document about a service that was looked at. */
export function documentsOf(context: SourceContext, view: ServiceView): LiveDocument[] {
  const { serviceArn = context.target.service } = view.service;
  const whole = (name: string, uri: string, value: unknown): LiveDocument => ({
    name,
    uri,
    read: async () => ({ value, gaps: [] }),
  });
  return [
    whole("ecs/service", serviceArn, view.service),
    ...(context.earlier.length > 0 && view.tasks.length === 0
      ? []
      : [
          whole(
            tasksName(context),
            `${serviceArn}#tasks`,
            view.tasks.map(({ task }) => task),
          ),
        ]),
    ...view.taskDefinitions.map((definition) =>
      whole(
        `ecs/task-definitions/${safeName(`${definition.family}-${definition.revision}`)}`,
        definition.taskDefinitionArn ?? "",
        definition,
      ),
    ),
    {
      name: "ecs/autoscaling",
      uri: `application-autoscaling:service/${context.target.cluster}/${context.target.service}`,
      read: async () => ({ value: await describeScaling(context), gaps: [] }),
    },
    ...[...new Set(rolesOf(view.taskDefinitions).map(({ arn }) => arn))].map((arn) => ({
      name: roleDocument(arn),
      uri: arn,
      read: async () => {
        const { document, gaps } = await readRole(context, arn);
        return { value: document, gaps };
      },
    })),
  ];
}

/** The tasks of a supplementary capture are others than those of the captures before. */
function tasksName({ earlier }: SourceContext): string {
  return earlier.length === 0 ? "ecs/tasks" : "ecs/tasks-since";
}

/** The document about a role, by the role's ARN. */
export function roleDocument(arn: string): string {
  return `iam/${safeName(roleName(arn))}`;
}

/** What earlier captures hold. */
export interface Held {
  /** Documents by name, with their keys. One that lacks something is left out: it is to be read again. */
  names: Map<string, string>;
  /** The tasks' ids. */
  tasks: Set<string>;
  /** What they lack for good: output that went nowhere, and what ECS named and would not describe. */
  gaps: Gap[];
}

export function held(earlier: readonly SealedCapture[]): Held {
  const names = new Map<string, string>();
  const tasks = new Set<string>();
  const gaps = new Map<string, Gap>();
  for (const { manifest } of earlier) {
    const folder = `incidents/${manifest.incident}/captures/${manifest.capture}/`;
    for (const { key } of manifest.items.filter(({ source }) => source === "ecs"))
      names.set(key.slice(folder.length).replace(/\.json$/, ""), key);
    for (const record of manifest.sources) {
      // Of one that failed altogether everything is tried again.
      if (record.source !== "ecs" || record.status === "failed") continue;
      for (const { taskId } of record.tasks) tasks.add(taskId);
      for (const gap of record.gaps) {
        const role = / of role ([\w+=,.@-]+)$/.exec(gap.what)?.[1];
        if (role !== undefined) names.delete(roleDocument(role));
        else if (!gap.what.endsWith(".json")) gaps.set(gap.what, gap);
      }
    }
  }
  names.delete("ecs/tasks-since");
  return { names, tasks, gaps: [...gaps.values()] };
}
