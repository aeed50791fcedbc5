import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { undoCommand } from "../incident/commands.ts";
import type { PlanStep } from "../incident/plan.ts";
import type { Json } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import { viewOf } from "./engine/run-play.ts";
import type { LiveView, PlanWorld, Position, Step, StepContext, Undo } from "./engine/step.ts";
import {
  allowed,
  type EntraUser,
  howToUnblock,
  liveUser,
  nameOf,
  readUser,
  targetOf,
  userNameSchema,
  userToBlock,
} from "./entra-user.ts";
import { poll } from "./poll.ts";
import { sessionsLeft } from "./revoke-sign-in-sessions.ts";
import { STEPS } from "./steps.ts";
import { graphOf } from "./tenant.ts";

const PERMISSION = "User.EnableDisableAccount.All";

/**
 * Sets `accountEnabled` to false (https://learn.microsoft.com/graph/api/user-update): the user gets no token any more,
 * neither at a screen nor by a refresh token. The account is told by its object id, whatever it is called by then.
 */
export function disableAccount(principal: string | null): Step {
  return {
    id: STEPS.disableAccount,
    async plan(world) {
      const user = await userToBlock(world, principal);
      if (!user.accountEnabled) return null;
      return {
        id: STEPS.disableAccount,
        text: "Disable the user's account in Microsoft Entra ID",
        target: targetOf(user),
        from: { ...nameOf(user), accountEnabled: true },
        to: { accountEnabled: false },
        effect:
          "The user cannot sign in to anything in the tenant. Access tokens from before go on until they expire, within 60 to 90 minutes, where an application does not evaluate access continuously",
        undo: howToUnblock(world),
      };
    },
    async remember(context, { from }) {
      return { sessionsValidFrom: (await liveUser(viewOf(context), from))?.sessionsValidFrom ?? null };
    },
    position: (view, planned) => position(view, planned, false),
    apply: (context, planned) => setEnabled(context, planned, false),
    verify: (context, planned) => proveEnabled(context, planned, false),
    undo: enableAccount,
  };
}

/** Lets the user sign in again, unless somebody else has had a hand in the account since. */
const enableAccount: Undo = {
  id: STEPS.enableAccount,
  async plan(world, begun) {
    const was = userNameSchema.parse(begun.from);
    const live = await readUser(graphOf(world), was.userId);
    if (live?.accountEnabled) return null;
    const left = sessionsLeft(world.entries, begun.from);
    const drift = live
      ? driftOf(live, { userPrincipalName: was.userPrincipalName, sessionsValidFrom: left })
      : GONE;
    if (!live || drift.length > 0) throw driftedAccount(world, begun.target, was.userId, drift);
    return {
      id: STEPS.enableAccount,
      text: "Enable the user's account in Microsoft Entra ID",
      target: begun.target,
      from: { ...nameOf(live), accountEnabled: false, sessionsValidFrom: live.sessionsValidFrom },
      to: { accountEnabled: true },
      effect: "The user can sign in again, anew everywhere: sessions that were ended stay ended",
      undo: "Dispatch contain.yml for this incident",
    };
  },
  position: (view, planned) => position(view, planned, true),
  apply: (context, planned) => setEnabled(context, planned, true),
  verify: (context, planned) => proveEnabled(context, planned, true),
};

const GONE = ["- the user is gone from the tenant"];

async function position(view: LiveView, { from }: PlanStep, wanted: boolean): Promise<Position> {
  const live = await liveUser(view, from);
  if (!live) return { at: "elsewhere", drift: GONE };
  if (live.accountEnabled === wanted) return { at: "to", outcome: { accountEnabled: wanted } };
  const { sessionsValidFrom } = leftSchema.parse(from);
  const drift = driftOf(live, {
    userPrincipalName: userNameSchema.parse(from).userPrincipalName,
    // Only the way back plans from the sessions, too: a compromised account may end its own at any moment.
    sessionsValidFrom: wanted ? sessionsValidFrom : undefined,
  });
  return drift.length === 0 ? { at: "from" } : { at: "elsewhere", drift };
}

const leftSchema = z.object({ sessionsValidFrom: z.string().nullish() });

/** What others have changed of the account, one line each. */
function driftOf(
  live: EntraUser,
  was: { userPrincipalName: string; sessionsValidFrom: string | null | undefined },
): string[] {
  return [
    ...(live.userPrincipalName === was.userPrincipalName
      ? []
      : [`- userPrincipalName was ${was.userPrincipalName}, is ${live.userPrincipalName}`]),
    ...(was.sessionsValidFrom === undefined || live.sessionsValidFrom === was.sessionsValidFrom
      ? []
      : [
          `- signInSessionsValidFromDateTime was ${was.sessionsValidFrom ?? "not set"}, is ${live.sessionsValidFrom ?? "not set"}: somebody ended the sessions, or set the password, since`,
        ]),
    ...(live.synced ? ["- onPremisesSyncEnabled was false, is true"] : []),
  ];
}

async function setEnabled(context: StepContext, { from }: PlanStep, accountEnabled: boolean): Promise<Json> {
  const { userId } = userNameSchema.parse(from);
  await allowed("change an account", PERMISSION, () =>
    graphOf(viewOf(context)).send(
      "PATCH",
      `/v1.0/users/${encodeURIComponent(userId)}`,
      { accountEnabled },
      { repeatable: true },
    ),
  );
  context.deps.log.info(`user ${userId}: accountEnabled is set to ${accountEnabled}`);
  return { accountEnabled };
}

/** Graph's own answer, read anew: one replica of the directory may lag behind another for a while. */
async function proveEnabled(context: StepContext, planned: PlanStep, wanted: boolean): Promise<Json> {
  const name = wanted ? STEPS.enableAccount : STEPS.disableAccount;
  const proof = await poll(context.deps, name, settleMs(context), async () => {
    const live = await liveUser(viewOf(context), planned.from);
    if (live?.accountEnabled !== wanted)
      return { state: live ? `accountEnabled reads ${live.accountEnabled}` : "there is no such user" };
    return { state: `accountEnabled reads ${wanted}`, done: { accountEnabled: wanted } };
  });
  if (proof) return proof;
  throw failed(
    wanted ? "account-still-disabled" : "account-still-enabled",
    `Microsoft Graph does not show ${planned.target} with accountEnabled ${wanted}, although that was set.`,
    "See in the tenant's audit log who changes the account (Entra admin center, Audit logs), and have the identity team set it by hand.",
  );
}

function driftedAccount(
  { incident, target }: PlanWorld,
  what: string,
  userId: string,
  drift: readonly string[],
): FirebreakError {
  return new FirebreakError(
    "drifted",
    [`${what} is not as the containment left it:`, ...drift].join("\n"),
    [
      "Find out who changed it (Entra admin center, Audit logs), then take one of three ways.",
      "1. Agree with whoever it was that the account may be used again, and have the identity team enable it by hand:",
      `   az rest --method PATCH --url https://graph.microsoft.com/v1.0/users/${userId} --body '{"accountEnabled": true}'`,
      "2. Keep it as it is now, and confirm the investigation in the issue.",
      `3. Block it again as it is now, and take that back from there: gh workflow run contain.yml -f incident=${incident.replace(/^INC-/, "")} -f environment=${target.environment} -f mcp=${target.mcp}, then ${undoCommand({ id: incident, target })}`,
    ].join("\n"),
  );
}
