import { FirebreakError } from "../errors.ts";
import { requireMayBreakGlass } from "../gate/break-glass.ts";
import { environmentProtection } from "../gate/environment-protection.ts";
import { asRecorded, readReviews } from "../gate/reviews.ts";
import { againCommand, breakGlassCommand } from "../incident/commands.ts";
import type { IncidentFacts } from "../incident/entries.ts";
import { type Plan, planSha256 } from "../incident/plan.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import { computePlan, type PlanArgs } from "./plan.ts";

export interface Planned {
  plan: Plan;
  sha256: string;
}

/** What a dispatch may choose of a plan; the runbook or the live system says it where it does not. */
export type Choices = Pick<PlanArgs, "revoke" | "credentialKeyId">;

/** The plan as it would be recorded now, for a dry run. */
export async function previewPlan(
  deps: ActionDeps,
  runbook: Runbook,
  facts: IncidentFacts,
  target: Target,
  choices: Choices,
): Promise<Planned> {
  const plan = await computePlan(deps, {
    incident: "INC-0",
    change: "contain",
    facts,
    target,
    runbook,
    entries: [],
    ...choices,
  });
  return { plan, sha256: planSha256(plan) };
}

/**
 * Computes the plan from the live system and records it with its SHA-256, for this attempt of this workflow run.
 *
 * Reviews that GitHub lists already were given for something else and are counted out. @returns undefined when no
 * plan could be made: the ledger then says why, and the gate will refuse.
 * @param breakGlass asks to go on without the evidence; others review that.
 * @throws FirebreakError before anything is recorded when the glass of this incident may not be broken.
 */
export async function recordPlan(
  deps: ActionDeps,
  record: IncidentRecord,
  change: Plan["change"],
  choices: Choices = {},
  breakGlass?: { reason: string },
): Promise<Planned | undefined> {
  if (breakGlass) requireMayBreakGlass(record, change, breakGlass.reason);
  const { facts, target, runbook, entries } = record;
  const { runId, runAttempt } = deps.context;
  let plan: Plan;
  try {
    plan = await computePlan(deps, {
      incident: record.id,
      change,
      facts,
      target,
      runbook,
      entries,
      ...choices,
    });
  } catch (error) {
    const { message } = error as Error;
    const reason = error instanceof FirebreakError ? error.reason : "plan-failed";
    const remedy =
      error instanceof FirebreakError
        ? error.remedy
        : `Once the cause is mended: ${breakGlass ? breakGlassCommand(record) : againCommand(change, record)}`;
    deps.log.error(`No plan can be made: ${message}`);
    await record.append(
      "plan-failed",
      { reason, message, remedy, runId },
      `plan-failed/${runId}/${runAttempt}/${deps.context.job}`,
    );
    return undefined;
  }
  const sha256 = planSha256(plan);
  const name = (breakGlass && target.breakGlassEnvironment) ?? target.githubEnvironment;
  const environment = { name, protection: await environmentProtection(deps, name) };
  if (plan.action !== null && environment.protection !== "protected") {
    deps.log.warning(
      `The GitHub environment '${environment.name}' is ${environment.protection}: containment will be refused until it has required reviewers.`,
    );
  }
  const reviewsBefore = asRecorded(await readReviews(deps, name));
  const approvalsBefore = reviewsBefore.length;
  await record.append(
    "planned",
    {
      plan,
      sha256,
      runId,
      runAttempt,
      approvalsBefore,
      reviewsBefore,
      environment,
      ...(breakGlass ? { breakGlass } : {}),
    },
    // A job for itself: a run that plans again once it knows more has another plan.
    `planned/${runId}/${runAttempt}/${deps.context.job}`,
  );
  return { plan, sha256 };
}
