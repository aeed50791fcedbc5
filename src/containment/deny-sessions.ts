import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { z } from "zod";
import { inlineText, trustText } from "../evidence/role-texts.ts";
import { containCommand, undoCommand } from "../incident/commands.ts";
import type { PlanStep } from "../incident/plan.ts";
import type { Json } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import type { LiveView, Position, Step, StepContext, Undo } from "./engine/step.ts";
import { denialName, denialOf, letIn, policyDiff } from "./iam-documents.ts";
import { announcedMoments } from "./iam-memory.ts";
import { driftedRole, howToUndo, roleNameOf, roleToRevoke } from "./iam-role.ts";
import { type Simulated, simulateSession } from "./iam-simulate.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";

const outcomeSchema = z.object({ policyName: z.string(), revokedBefore: z.iso.datetime() });
const stateSchema = z.object({ policyName: z.string(), document: z.string().nullable() });

/**
 * Ends every session of the role that began before the moment of the change, by an inline policy of the incident's own
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html). Whoever the trust policy lets in
 * may begin a new one. The moment is the runner's; the ledger keeps it before the policy is written.
 */
export function denySessions(principal: string | null): Step {
  return {
    id: STEPS.denySessions,
    async plan(world) {
      const { arn, name, role } = await roleToRevoke(world, principal);
      const policyName = denialName(world.incident);
      const document = (await inlineText(world.aws.iam, name, policyName)) ?? null;
      if (document !== null && !announcedMoments(world.entries).some((one) => denialOf(one) === document))
        throw foreignPolicy(arn, policyName, document);
      return {
        id: STEPS.denySessions,
        text: `End every session of the role ${name} that began before this change, by the inline policy ${policyName}`,
        target: arn,
        from: { policyName, document },
        to: { policyName, denies: "every action, for sessions from before the moment of the change" },
        effect: `Whoever uses the role loses access at once and has to take it on anew, which its trust policy lets ${letIn(trustText(role)).join(", ")} do. Sessions of other roles that were begun from it go on`,
        undo: howToUndo(world),
      };
    },
    async remember({ aws, deps, record }, planned) {
      const live = await liveText(aws, planned);
      const standing = announcedMoments(record.entries).findLast((moment) => denialOf(moment) === live);
      const again = standing && live !== planned.from.document;
      return { revokedBefore: (again ? standing : deps.clock.now()).toISOString() };
    },
    position,
    async apply({ aws, deps, record }, { target, from }) {
      const { policyName } = stateSchema.parse(from);
      const moment = announcedMoments(record.entries).at(-1);
      if (!moment) throw new Error("the change was not announced");
      const RoleName = roleNameOf(target);
      await aws.iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: policyName, PolicyDocument: denialOf(moment) }),
      );
      deps.log.info(`deny-sessions  ${RoleName}: sessions from before ${moment.toISOString()} are denied`);
      return { policyName, revokedBefore: moment.toISOString() };
    },
    verify: proveDenied,
    undo: allowSessions,
  };
}

/** Deletes the inline policy that the incident wrote, exactly that text and no other. */
const allowSessions: Undo = {
  id: STEPS.allowSessions,
  async plan(world, begun) {
    const { aws, entries, incident } = world;
    const policyName = denialName(incident);
    const RoleName = roleNameOf(begun.target);
    const live = (await inlineText(aws.iam, RoleName, policyName)) ?? null;
    if (live === null) return null;
    const own = announcedMoments(entries).map(denialOf);
    if (!own.includes(live)) {
      const byHand = `aws iam delete-role-policy --role-name ${RoleName} --policy-name ${policyName}`;
      const what = `The inline policy ${policyName} of ${begun.target}`;
      throw driftedRole(world, what, policyDiff(own.at(-1) ?? null, live), byHand);
    }
    return {
      id: STEPS.allowSessions,
      text: `Delete the inline policy ${policyName} of the role ${RoleName}`,
      target: begun.target,
      from: { policyName, document: live },
      to: { policyName, document: null },
      effect:
        "Sessions from before the revocation that have not expired work again; a role's sessions last at most 12 hours",
      undo: "Dispatch contain.yml for this incident",
    };
  },
  async position({ aws }, planned) {
    const live = await liveText(aws, planned);
    if (live === null) return { at: "to", outcome: { deleted: denialNameOf(planned) } };
    if (live === planned.from.document) return { at: "from" };
    return { at: "elsewhere", drift: policyDiff(stateSchema.parse(planned.from).document, live) };
  },
  async apply({ aws, deps }, planned) {
    const RoleName = roleNameOf(planned.target);
    const PolicyName = denialNameOf(planned);
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    deps.log.info(`allow-sessions  ${RoleName}: inline policy ${PolicyName} deleted`);
    return { deleted: PolicyName };
  },
  async verify(context, planned) {
    const gone = await poll(context.deps, "allow-sessions", settleMs(context), async () => {
      const live = await liveText(context.aws, planned);
      return live === null ? { state: "the policy is gone", done: true } : { state: "it is still there" };
    });
    if (gone) return { document: null };
    throw failed(
      "sessions-still-denied",
      `IAM still shows the inline policy ${denialNameOf(planned)} of ${planned.target} after it was deleted.`,
      `See who writes it anew (CloudTrail, PutRolePolicy), then: ${undoCommand(context.record)}`,
    );
  },
};

async function position({ aws, entries }: LiveView, planned: PlanStep): Promise<Position> {
  const { policyName, document } = stateSchema.parse(planned.from);
  const live = await liveText(aws, planned);
  if (live === document) return { at: "from" };
  const moment = announcedMoments(entries).findLast((one) => denialOf(one) === live);
  if (moment) return { at: "to", outcome: { policyName, revokedBefore: moment.toISOString() } };
  return {
    at: "elsewhere",
    drift: [`its inline policy ${policyName} is another one:`, ...policyDiff(document, live)],
  };
}

/**
 * The policy is there as it was written, and IAM's own evaluation denies a session from before the moment and does not
 * let this policy deny one from after it. IAM's changes take a while to be seen everywhere
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
async function proveDenied(context: StepContext, planned: PlanStep, outcome: Json): Promise<Json> {
  const { policyName, revokedBefore } = outcomeSchema.parse(outcome);
  const moment = new Date(revokedBefore);
  const { iam } = context.aws;
  let why: string[] = [];
  const proof = await poll(context.deps, "deny-sessions", settleMs(context), async () => {
    const live = await liveText(context.aws, planned);
    if (live !== denialOf(moment)) {
      why = [
        `its inline policy ${policyName} is not the one that was written:`,
        ...policyDiff(denialOf(moment), live),
      ];
      return { state: "the policy does not read as it was written" };
    }
    const old = await simulateSession(iam, planned.target, new Date(moment.getTime() - 1_000));
    const fresh = await simulateSession(iam, planned.target, new Date(moment.getTime() + 1_000));
    why = [...stillAllowed(old), ...deniedByUs(fresh, policyName)];
    if (old.length > 0 && why.length === 0)
      return { state: "older sessions are denied", done: { old, fresh } };
    return { state: why[0] ?? "IAM's evaluation gives no result" };
  });
  if (proof) return { policyName, revokedBefore, oldSession: proof.old, newSession: proof.fresh };
  throw failed(
    "sessions-not-denied",
    [`Sessions of ${planned.target} from before ${revokedBefore} are not shown to be denied:`, ...why].join(
      "\n",
    ),
    `The role may still be in use. See who changes its policies (CloudTrail), or take its trust as well: ${containCommand(context.record, "revoke=both")}`,
  );
}

/** A policy of the incident's own name that the incident has not written: it would be lost. */
function foreignPolicy(role: string, policyName: string, document: string): Error {
  return failed(
    "policy-exists",
    [
      `${role} has an inline policy ${policyName} that this incident has not written as it is:`,
      ...policyDiff(null, document),
    ].join("\n"),
    "Find out who wrote it (CloudTrail, PutRolePolicy); keep it under another name, or delete it, then plan anew.",
  );
}

function stillAllowed(old: readonly Simulated[]): string[] {
  return old
    .filter(({ decision }) => decision !== "explicitDeny")
    .map(({ action, decision }) => `- an older session's ${action} would be decided ${decision}`);
}

function deniedByUs(fresh: readonly Simulated[], policyName: string): string[] {
  return fresh
    .filter(({ decision, by }) => decision === "explicitDeny" && by.some((id) => id.includes(policyName)))
    .map(({ action }) => `- a new session's ${action} would be denied by ${policyName} as well`);
}

async function liveText({ iam }: LiveView["aws"], planned: PlanStep): Promise<string | null> {
  return (await inlineText(iam, roleNameOf(planned.target), denialNameOf(planned))) ?? null;
}

function denialNameOf({ from }: PlanStep): string {
  return stateSchema.parse(from).policyName;
}
