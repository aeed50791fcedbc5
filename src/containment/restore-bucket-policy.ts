import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { expectedPolicy } from "../evidence/audit-trail/expected-policy.ts";
import { livePolicy, meansTheSame } from "../evidence/audit-trail/live-policy.ts";
import { whyDeletionIsAllowed } from "../evidence/audit-trail/policy.ts";
import { containCommand } from "../incident/commands.ts";
import type { PlanStep } from "../incident/plan.ts";
import { sha256 } from "../vault/digest.ts";
import { statementDiff } from "./bucket-policy.ts";
import type { Json } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import type { LiveView, PlanWorld, Position, Step, StepContext } from "./engine/step.ts";
import { poll } from "./poll.ts";
import { bucketArn, type Deletion, simulateDeletion } from "./simulate-deletion.ts";
import { STEPS } from "./steps.ts";

export const fromSchema = z.object({ policy: z.string().nullable() });
export const toSchema = z.object({ policy: z.string() });

/** Whoever is locked out by a policy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
const ROOT_ALWAYS_MAY =
  "Where the present policy locks Firebreak out, the root user of the bucket's account may read, replace and delete it all the same: have the account's owner put the expected policy.";

const NO_WAY_BACK =
  "the policy that was there left the audit records open; it stands in the capture and in the ledger, and is not put back";

/**
 * Puts the expected policy of the runbook's repository on the audit bucket, exactly that text, in place of whatever
 * somebody has put there. It is the one bucket policy that Firebreak ever writes.
 */
export const restoreBucketPolicy: Step = {
  id: STEPS.restoreBucketPolicy,
  async plan(world) {
    const { target } = world;
    const policy = await expected(world);
    if (policy === null) return null;
    const live = await readLive(world);
    if (meansTheSame(live, policy)) return null;
    return {
      id: STEPS.restoreBucketPolicy,
      text: `Put the expected policy on the audit bucket ${target.auditBucket} in place of the one that is there`,
      target: bucketArn(target),
      from: { policy: live },
      to: { policy },
      diff: statementDiff(live, policy),
      effect:
        "No call can delete audit records any more; lifecycle rules still can, which no bucket policy holds back. Whoever relies on what only the present policy lets them do loses it",
      undo: `None: ${NO_WAY_BACK}`,
    };
  },
  position,
  async apply(context, planned) {
    const { aws, deps, record } = context;
    const { auditBucket: Bucket, accountId: ExpectedBucketOwner } = record.target;
    const { policy } = toSchema.parse(planned.to);
    const Policy = await expected({ deps, runbook: record.runbook, target: record.target });
    if (Policy === null || Policy !== policy) {
      throw failed(
        "expected-policy-changed",
        `The expected policy of ${Bucket} in this checkout is not the one that was approved.`,
        `Plan anew and have it approved: ${containCommand(record)}`,
      );
    }
    await denied(
      () => aws.s3.send(new PutBucketPolicyCommand({ Bucket, Policy, ExpectedBucketOwner })),
      "written",
    );
    deps.log.info(`restore-bucket-policy  ${Bucket}: the expected policy is put`);
    return { sha256: sha256(Policy) };
  },
  verify: proveRestored,
  undo: { none: NO_WAY_BACK },
};

async function position(view: LiveView, planned: PlanStep): Promise<Position> {
  const live = await readLive(view);
  const was = fromSchema.parse(planned.from).policy;
  const { policy } = toSchema.parse(planned.to);
  if (meansTheSame(live, policy)) return { at: "to", outcome: { sha256: sha256(policy) } };
  if (meansTheSame(live, was)) return { at: "from" };
  return { at: "elsewhere", drift: ["the bucket's policy is another one:", ...statementDiff(was, live)] };
}

/**
 * S3 gives the policy back as it was put, it denies everybody to delete, and IAM's own evaluation of what S3 gives says
 * so. Nothing is deleted to try it. S3's settings take a while to be seen everywhere
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel).
 */
async function proveRestored(context: StepContext, planned: PlanStep): Promise<Json> {
  const { deps, record } = context;
  const { target } = record;
  const { policy } = toSchema.parse(planned.to);
  let why: string[] = [];
  const proof = await poll(deps, "restore-bucket-policy", settleMs(context), async () => {
    const live = await readLive({ aws: context.aws, target });
    if (live === null || !meansTheSame(live, policy)) {
      why = statementDiff(policy, live);
      return { state: "the policy does not read as it was put" };
    }
    const decisions = await simulateDeletion(context.aws.iam, target, live);
    const open = whyDeletionIsAllowed(live, target.auditBucket);
    why = [...(open === null ? [] : [open]), ...stillAllowed(decisions)];
    if (decisions.length > 0 && why.length === 0)
      return { state: "deletion is denied", done: { sha256: sha256(live), deletion: decisions } };
    return { state: why[0] ?? "IAM's evaluation gives no result" };
  });
  if (proof) return proof;
  throw failed(
    "policy-not-restored",
    [`The audit bucket ${target.auditBucket} is not shown to be protected:`, ...why].join("\n"),
    `See who changes its policy (CloudTrail, PutBucketPolicy), revoke that principal first, then: ${containCommand(record)}`,
  );
}

function stillAllowed(decisions: readonly Deletion[]): string[] {
  return decisions
    .filter(({ decision }) => decision !== "explicitDeny")
    .map(({ action, decision }) => `- ${action} would be decided ${decision}`);
}

/** @throws FirebreakError `expected-policy-open` for one that would protect nothing. */
async function expected({
  deps,
  runbook,
  target,
}: Pick<PlanWorld, "deps" | "runbook" | "target">): Promise<string | null> {
  const policy = await expectedPolicy(deps.context.workspace, runbook, target);
  const open = policy === null ? null : whyDeletionIsAllowed(policy, target.auditBucket);
  if (open === null) return policy;
  throw new FirebreakError(
    "expected-policy-open",
    `The expected bucket policy itself protects nothing: ${open}.`,
    `Mend the file that environments.${target.environment}.audit_bucket_policy names, have it reviewed, then plan anew.`,
  );
}

function readLive({ aws, target }: Pick<LiveView, "aws" | "target">): Promise<string | null> {
  return denied(() => livePolicy(aws.s3, target.auditBucket), "read");
}

async function denied<Value>(call: () => Promise<Value>, what: "read" | "written"): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AccessDenied") throw error;
    throw failed(
      "bucket-policy-denied",
      `The audit bucket's policy cannot be ${what}: ${error.message}`,
      `See that the role may (infra/roles.yml). ${ROOT_ALWAYS_MAY}`,
      error,
    );
  }
}
