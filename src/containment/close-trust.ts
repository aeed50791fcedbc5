import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { z } from "zod";
import { meansTheSame } from "../evidence/audit-trail/live-policy.ts";
import { trustText } from "../evidence/role-texts.ts";
import { containCommand, undoCommand } from "../incident/commands.ts";
import type { PlanStep } from "../incident/plan.ts";
import type { Json } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import type { Change, LiveView, Position, Step, StepContext, Undo } from "./engine/step.ts";
import { CLOSED_TRUST, letIn, policyDiff } from "./iam-documents.ts";
import { driftedRole, existingRole, howToUndo, roleNameOf, roleToRevoke } from "./iam-role.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";

const trustSchema = z.object({ trustPolicy: z.string() });

/**
 * Replaces the role's trust policy by one that lets nobody in, and keeps the former text in the ledger byte for byte.
 * Whether it is there is told by its meaning: IAM stores a trust policy with members and lists in an order of its own.
 * Sessions that have begun are not ended by it
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html).
 */
export function closeTrust(principal: string | null): Step {
  return {
    id: STEPS.closeTrust,
    async plan(world) {
      const { arn, name, role } = await roleToRevoke(world, principal);
      const trustPolicy = trustText(role);
      const names = letIn(trustPolicy).join(", ");
      return {
        id: STEPS.closeTrust,
        text: `Replace the trust policy of the role ${name} by one that lets nobody in`,
        target: arn,
        from: { trustPolicy },
        to: { trustPolicy: CLOSED_TRUST },
        effect: `Nobody can take on the role any more${names === "" ? "" : `: so far ${names} can`}. What starts with this role (tasks, functions, instances) does not start`,
        undo: howToUndo(world),
      };
    },
    ...writing(STEPS.closeTrust, (context) => containCommand(context.record)),
    undo: reopenTrust,
  };
}

/** Puts the trust policy back that stood before the first closing, byte for byte. */
const reopenTrust: Undo = {
  id: STEPS.reopenTrust,
  async plan(world, begun) {
    const RoleName = roleNameOf(begun.target);
    const live = trustText(await existingRole(world.aws.iam, RoleName));
    const former = trustSchema.parse(begun.from).trustPolicy;
    if (meansTheSame(live, former)) return null;
    if (!meansTheSame(live, CLOSED_TRUST)) {
      const byHand = `aws iam update-assume-role-policy --role-name ${RoleName} --policy-document file://trust-policy.json (the former text is trustPolicy in the capture's iam-role document)`;
      const what = `The trust policy of ${begun.target}`;
      throw driftedRole(world, what, policyDiff(CLOSED_TRUST, live), byHand);
    }
    return {
      id: STEPS.reopenTrust,
      text: `Give the role ${RoleName} its former trust policy back`,
      target: begun.target,
      from: { trustPolicy: live },
      to: { trustPolicy: former },
      effect: `The role can be taken on again by ${letIn(former).join(", ")}`,
      undo: "Dispatch contain.yml for this incident, with revoke=trust",
    };
  },
  ...writing(STEPS.reopenTrust, (context) => undoCommand(context.record)),
};

/** Writing a trust policy, in either direction: from one text to another, and shown to be there. */
function writing(step: string, again: (context: StepContext) => string): Change {
  return {
    async position({ aws }: LiveView, { target, from, to }): Promise<Position> {
      const live = trustText(await existingRole(aws.iam, roleNameOf(target)));
      const was = trustSchema.parse(from).trustPolicy;
      const wanted = trustSchema.parse(to).trustPolicy;
      if (meansTheSame(live, wanted)) return { at: "to", outcome: { trustPolicy: live } };
      if (meansTheSame(live, was)) return { at: "from" };
      return { at: "elsewhere", drift: ["its trust policy is another one:", ...policyDiff(was, live)] };
    },
    async apply({ aws, deps }, { target, to }): Promise<Json> {
      const RoleName = roleNameOf(target);
      const { trustPolicy } = trustSchema.parse(to);
      await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustPolicy }));
      deps.log.info(`${step}  ${RoleName}: trust policy replaced`);
      return { trustPolicy };
    },
    verify: (context, planned) => proveWritten(context, planned, step, again(context)),
  };
}

async function proveWritten(
  context: StepContext,
  { target, to }: PlanStep,
  step: string,
  again: string,
): Promise<Json> {
  const { trustPolicy } = trustSchema.parse(to);
  let live = "";
  const done = await poll(context.deps, step, settleMs(context), async () => {
    live = trustText(await existingRole(context.aws.iam, roleNameOf(target)));
    return meansTheSame(live, trustPolicy)
      ? { state: "the trust policy reads as it was written", done: true }
      : { state: "the trust policy does not read as it was written" };
  });
  if (done) return { trustPolicy, letsIn: letIn(trustPolicy) };
  throw failed(
    "trust-not-written",
    [`The trust policy of ${target} is not the one that was written:`, ...policyDiff(trustPolicy, live)].join(
      "\n",
    ),
    `See who else changes it (CloudTrail, UpdateAssumeRolePolicy), then: ${again}`,
  );
}
