import type { TaskDefinition } from "@aws-sdk/client-ecs";
import type { SourceOf } from "../source-schema.ts";

export type RoleInUse = Omit<NonNullable<SourceOf<"ecs">["roles"]>[number], "key">;

/** The roles that the tasks run with, each once for each use: what the code may do, and what ECS may do for it. */
export function rolesOf(definitions: readonly TaskDefinition[]): RoleInUse[] {
  const found = new Map<string, RoleInUse>();
  for (const { taskRoleArn, executionRoleArn } of definitions) {
    for (const [use, arn] of [["task", taskRoleArn] as const, ["execution", executionRoleArn] as const])
      if (arn) found.set(`${use} ${arn}`, { arn, use });
  }
  return [...found.values()];
}
