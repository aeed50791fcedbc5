import { z } from "zod";
import { PLAY_ACTIONS } from "../runbook/schema.ts";
import { canonicalJson, sha256 } from "../vault/digest.ts";

/** One change of a plan: what, from what to what, what it breaks, how to take it back. */
const stepSchema = z.object({
  id: z.string(),
  text: z.string(),
  /** ARN or name of what changes. */
  target: z.string(),
  from: z.record(z.string(), z.unknown()),
  to: z.record(z.string(), z.unknown()),
  /** In what two documents differ, line by line, where that is what changes. */
  diff: z.array(z.string()).optional(),
  /** What users notice. */
  effect: z.string(),
  undo: z.string(),
});

export const planSchema = z.object({
  schema: z.literal("firebreak/plan/v1"),
  incident: z.string(),
  change: z.enum(["contain", "restore", "undo"]),
  type: z.string(),
  environment: z.string(),
  mcp: z.string(),
  /** Null when the play has manual steps only. */
  action: z.enum([...PLAY_ACTIONS, "restore-service", "undo"]).nullable(),
  steps: z.array(stepSchema),
  manual: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      contact: z.string().nullable(),
      before: z.boolean(),
      /** Counted from the incident's declaration; absent where the runbook sets none. */
      deadlineMinutes: z.number().int().positive().optional(),
      /** Who the contact is and where they are reached, or what the runbook lacks of it; absent without a contact. */
      reach: z.string().optional(),
      /** Under which category their ticket is opened; absent where the runbook names none. */
      servicenowCategory: z.string().optional(),
      /** Present where whoever confirms it has to say how it was found. */
      verdict: z.literal(true).optional(),
    }),
  ),
  /** Why nothing is changed automatically, where the play has something that it could change. */
  note: z.string().optional(),
  /** What a way back leaves as it is, since it cannot be taken back; absent where there is nothing of the kind. */
  remains: z.array(z.object({ step: z.string(), target: z.string(), why: z.string() })).optional(),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanStep = z.infer<typeof stepSchema>;

/** The plan's SHA-256: what the approver sees is what is applied, or nothing is. */
export function planSha256(plan: Plan): string {
  return sha256(canonicalJson(plan));
}
