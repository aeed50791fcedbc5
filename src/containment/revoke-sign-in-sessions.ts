import { z } from "zod";
import type { LedgerEntry } from "../incident/entries.ts";
import type { PlanStep } from "../incident/plan.ts";
import { intended, type Json, since, takenBack } from "./changes.ts";
import { failed, settleMs } from "./context.ts";
import { viewOf } from "./engine/run-play.ts";
import type { LiveView, Position, Step, StepContext } from "./engine/step.ts";
import { allowed, liveUser, nameOf, targetOf, userNameSchema, userToBlock } from "./entra-user.ts";
import { poll } from "./poll.ts";
import { STEPS } from "./steps.ts";
import { graphOf } from "./tenant.ts";

const momentSchema = z.object({ sessionsValidFrom: z.string().nullable() });

/** What `verify` gives as proof. */
export const revokedProof = z.object({
  sessionsValidFromBefore: z.string().nullable(),
  sessionsValidFrom: z.string(),
  accountEnabled: z.literal(false),
});

/**
 * Makes every refresh token and browser session of the user invalid, by setting `signInSessionsValidFromDateTime` to the
 * moment of the call (https://learn.microsoft.com/graph/api/user-revokesigninsessions). Access tokens are not taken back.
 */
export function revokeSignInSessions(principal: string | null): Step {
  return {
    id: STEPS.revokeSignInSessions,
    async plan(world) {
      const user = await userToBlock(world, principal);
      return {
        id: STEPS.revokeSignInSessions,
        text: "End every session of the user in Microsoft Entra ID",
        target: targetOf(user),
        // Not from which moment on sessions are valid now: whoever holds the account can move that at any time.
        from: { ...nameOf(user) },
        to: { sessions: "every session and refresh token from before the moment of the change is invalid" },
        effect: "Every application has the user sign in anew, within a few minutes",
        undo: `None: ${NONE}`,
      };
    },
    async remember(context, { from }) {
      return { sessionsValidFrom: (await liveUser(viewOf(context), from))?.sessionsValidFrom ?? null };
    },
    position,
    async apply(context, { from }) {
      const { userId } = userNameSchema.parse(from);
      const view = viewOf(context);
      await allowed("revoke sessions", "User.RevokeSessions.All", () =>
        graphOf(view).send("POST", `/v1.0/users/${encodeURIComponent(userId)}/revokeSignInSessions`, null, {
          repeatable: true,
        }),
      );
      context.deps.log.info(`user ${userId}: every session from before this moment is revoked`);
      return { revoked: true };
    },
    verify: proveRevoked,
    undo: { none: NONE },
  };
}

const NONE =
  "what was revoked stays invalid; the user signs in anew, as soon as the account is enabled again";

/**
 * Since which moment sessions are valid, as the containment left it: what it proved; undefined while it is not known
 * whether the call was made; what was before where it was never announced.
 */
export function sessionsLeft(entries: readonly LedgerEntry[], disabledFrom: Json): string | null | undefined {
  const open = since(entries, (entry) => takenBack(entry, "block-user"));
  const announced = intended(open, "block-user", STEPS.revokeSignInSessions).at(-1);
  const proved = since(open, (entry) => entry === announced).findLast(
    (entry) => entry.kind === "change-verified" && entry.data.step === STEPS.revokeSignInSessions,
  );
  if (announced && proved?.kind === "change-verified")
    return revokedProof.parse(proved.data.proof).sessionsValidFrom;
  return announced ? undefined : momentSchema.parse(disabledFrom).sessionsValidFrom;
}

/** Whether the moment has moved since this run announced the change first. */
async function position(view: LiveView, { from }: PlanStep): Promise<Position> {
  const live = await liveUser(view, from);
  if (!live) return { at: "elsewhere", drift: ["- the user is gone from the tenant"] };
  const before = announcedFrom(view);
  if (before === undefined || live.sessionsValidFrom === before) return { at: "from" };
  return { at: "to", outcome: { revoked: true } };
}

/** What this run found when it announced the change for the first time; undefined when it has not. */
function announcedFrom({ entries, deps }: Pick<LiveView, "entries" | "deps">): string | null | undefined {
  const { runId } = deps.context;
  const planned = entries.findLastIndex((entry) => entry.kind === "planned" && entry.data.runId === runId);
  const first = intended(entries.slice(planned + 1), "block-user", STEPS.revokeSignInSessions).find(
    ({ by }) => by.runId === runId,
  );
  return first && momentSchema.parse(first.data.from).sessionsValidFrom;
}

/**
 * The moment lies after the one that was read before the call, by Graph's own clock, and the account still cannot sign
 * in: sessions that begin after the revocation would make it worthless.
 */
async function proveRevoked(context: StepContext, planned: PlanStep): Promise<Json> {
  let why = "";
  const proof = await poll(context.deps, "revoke-sign-in-sessions", settleMs(context), async () => {
    const view = viewOf(context);
    const before = announcedFrom(view) ?? null;
    const live = await liveUser(view, planned.from);
    const moved =
      live?.sessionsValidFrom != null &&
      (before === null || Date.parse(live.sessionsValidFrom) > Date.parse(before));
    if (live && moved && !live.accountEnabled) {
      const { sessionsValidFrom } = live;
      return {
        state: `sessions from before ${sessionsValidFrom} are invalid`,
        done: { sessionsValidFromBefore: before, sessionsValidFrom, accountEnabled: false },
      };
    }
    why = moved
      ? "the account can sign in"
      : `sessions are valid from ${live?.sessionsValidFrom ?? "no moment"} on, as before`;
    return { state: why };
  });
  if (proof) return proof;
  throw failed(
    "sessions-not-revoked",
    `The sessions of ${planned.target} are not shown to be revoked: ${why}.`,
    "Have the identity team revoke them by hand (Entra admin center, Users, Revoke sessions), and see in the audit logs who changes the account.",
  );
}
