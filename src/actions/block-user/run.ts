import { z } from "zod";
import { attempt } from "../../containment/attempt.ts";
import { blockUser } from "../../containment/block-user.ts";
import { type ChangeContext, failed } from "../../containment/context.ts";
import { dryRun } from "../../containment/dry-run.ts";
import { movesOf } from "../../containment/engine/plan-play.ts";
import { type Move, type Moved, runPlay, viewOf } from "../../containment/engine/run-play.ts";
import { blockableName, userNameSchema } from "../../containment/entra-user.ts";
import { finishedByThisRun } from "../../containment/finished.ts";
import { openForChange } from "../../containment/open.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import { revokedProof } from "../../containment/revoke-sign-in-sessions.ts";
import { STEPS } from "../../containment/steps.ts";
import { type GatePass, passGate } from "../../gate/gate.ts";
import type { GateRequest } from "../../gate/request.ts";
import { containCommand, undoCommand } from "../../incident/commands.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { BlockUserInputs } from "./inputs.ts";

/** What a `contained` entry keeps for a later attempt of the same run. */
const detailsSchema = z.object({
  userId: z.string(),
  userPrincipalName: z.string(),
  /** False when the account was disabled before. */
  accountDisabled: z.boolean(),
  sessionsValidFrom: z.string(),
  /** Until when access tokens from before may be taken at the latest. */
  tokensUntil: z.string(),
});
type Details = z.infer<typeof detailsSchema>;

const MINUTE_MS = 60_000;

/**
 * Blocks a user in Microsoft Entra ID: disables the account and ends every session, as the recorded plan has it.
 * @throws FirebreakError before any changing call when the gate refuses or the user is not to be touched;
 *   `account-still-enabled`, `sessions-not-revoked` or `did-not-stay-blocked` when it cannot be shown to have worked.
 */
export async function run(inputs: BlockUserInputs, deps: ActionDeps): Promise<Outputs> {
  const { context, recompute } = await openForChange(deps, inputs, "contain");
  const { record } = context;
  const { facts, runbook } = record;
  blockableName(facts.principal, runbook);
  const request: GateRequest = {
    action: "block-user",
    change: "contain",
    needs: {
      redeploy: false,
      parameter: false,
      // What the user did before is what a block makes others ask for.
      sources: ["audit-logs", "entra-sign-in"],
    },
    captureJob: inputs.captureJob,
    recompute,
  };
  if (inputs.dryRun) {
    await dryRun(deps, record, request);
    return {};
  }
  const before = await finishedByThisRun(deps, record, "block-user");
  if (before?.kind === "contained") return outputs(detailsSchema.parse(before.data.details));
  const pass = await passGate(deps, record, request);
  await pass.recheck();
  const moves = movesOf(blockUser(facts.principal), pass.plan.steps);
  const wayBack = `The way back: ${undoCommand(record)}`;
  const done = await attempt(deps, record, "block-user", wayBack, async () => {
    const moved = await runPlay({ ...context, pass }, "block-user", moves);
    await requireStays(context, moves);
    return whatWasDone(moved, runbook.rotation.token_lifetime_minutes);
  });
  await report(context, pass, done);
  return outputs(done);
}

/** Proving takes minutes, in which whoever administers the tenant may take the block back. */
async function requireStays(context: ChangeContext, moves: readonly Move[]): Promise<void> {
  for (const { planned, change } of moves) {
    const position = await change.position(viewOf(context), planned);
    if (position.at === "to") continue;
    const drift = position.at === "elsewhere" ? position.drift : ["it is as it was before"];
    throw failed(
      "did-not-stay-blocked",
      [`${planned.id} of ${planned.target} was made and proved, and is taken back:`, ...drift].join("\n"),
      `Somebody works against the containment: find out who (Entra admin center, Audit logs), block that one first, then: ${containCommand(context.record)}`,
    );
  }
}

function whatWasDone(moved: readonly Moved[], tokenMinutes: number): Details {
  const revoked = moved.find(({ planned }) => planned.id === STEPS.revokeSignInSessions);
  if (!revoked) throw new Error("the plan revoked no session");
  const { sessionsValidFrom } = revokedProof.parse(revoked.proof);
  const { userId, userPrincipalName } = userNameSchema.parse(revoked.planned.from);
  return {
    userId,
    userPrincipalName,
    accountDisabled: moved.some(({ planned }) => planned.id === STEPS.disableAccount),
    sessionsValidFrom,
    tokensUntil: new Date(Date.parse(sessionsValidFrom) + tokenMinutes * MINUTE_MS).toISOString(),
  };
}

function outputs({ userId, sessionsValidFrom, tokensUntil }: Details): Outputs {
  return { user: userId, "sessions-valid-from": sessionsValidFrom, "tokens-until": tokensUntil };
}

async function report({ deps, record }: ChangeContext, pass: GatePass, details: Details): Promise<void> {
  const { userId, userPrincipalName, accountDisabled, sessionsValidFrom, tokensUntil } = details;
  const { runId, runAttempt } = deps.context;
  const key = `contained/block-user/${runId}/${runAttempt}`;
  const account = accountDisabled ? "account disabled" : "account was disabled before";
  const summary = `${userPrincipalName} (${userId}): ${account}; sessions from before ${sessionsValidFrom} revoked`;
  const what = `Access tokens of ${userPrincipalName} from before the block may still be taken: watch the user's calls in the audit records`;
  const step = `old-user-tokens-${runId}`;
  await record.append("follow-up-due", { step, what, at: tokensUntil }, `follow-up-due/${step}`);
  await record.append("contained", { action: "block-user", summary, details }, key);
  await record.project();
  const manual = pass.plan.manual.map(({ text }): [string, string] => ["Still to do by hand", text]);
  const markdown = outcomeMarkdown("Contained: the user is blocked", [
    ["User", `${userPrincipalName} (${userId})`],
    ["Account", account],
    ["Sessions", `invalid when begun before ${sessionsValidFrom}`],
    ["Tokens issued before live until", `${tokensUntil} at the latest`],
    ...manual,
    ...approvalRows(pass),
    ["Way back", undoCommand(record)],
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}
