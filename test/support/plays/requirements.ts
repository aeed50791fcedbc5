/** What the gate requires of every change, each with a world that lacks it and nothing else. */
import { NOTHING_TO_CONTAIN } from "../../../src/incident/entries.ts";
import { faultOf } from "../every-call.ts";
import { recordOf } from "./doctored.ts";
import { LEAD, ONCALL, REVIEWER } from "./people.ts";
import type { Play } from "./plays.ts";
import { approve, type Ready, type Variation } from "./ready.ts";

export interface Requirement {
  /** What is missing, in words. */
  missing: string;
  /** The word by which the refusal is known. */
  reason: string;
  /** Why a play does not have this requirement; null where it does. */
  notOf: (play: Play) => string | null;
  variation: (play: Play) => Variation;
}

const every = (): null => null;

/** Right before the job, something happens behind everybody's back. */
export const behind = (act: (ready: Ready) => Promise<void> | void) => (): Variation => ({
  before: { job: act },
});

/** From there on one operation is always refused. */
const denied = (service: string, operation: string, subject = "") =>
  behind(({ world }) => {
    world.gate.begin((call) =>
      call.service === service && call.operation === operation && call.subject.includes(subject)
        ? faultOf("deny")
        : null,
    );
  });

/** Plays before which nobody can say that nothing has to be contained. */
const BEGUN: Record<string, string> = {
  "rotate-secret (terragrunt)": "the old secret is disabled before it, so the mcp needs another one",
  "protect-audit-logs": "the audit trail was tampered with, as its verdict says",
};

const FALSE_ALARM = {
  step: "contain",
  text: "Contain",
  by: LEAD,
  note: "It was a load test.",
  confirmedBy: { login: LEAD, name: LEAD },
  verdict: NOTHING_TO_CONTAIN,
  planSha256: null,
} as const;

/** That the plan is approved, by somebody else, in an environment that is protected. */
export const OF_THE_APPROVAL: readonly Requirement[] = [
  {
    missing: "the environment",
    reason: "missing-environment",
    notOf: every,
    variation: () => ({ environment: "absent-dev", leaveOut: ["approve"] }),
  },
  {
    missing: "its required reviewers",
    reason: "unprotected-environment",
    notOf: every,
    variation: () => ({ environment: "unprotected-dev", leaveOut: ["approve"] }),
  },
  {
    missing: "an approval",
    reason: "not-approved",
    notOf: every,
    variation: () => ({ leaveOut: ["approve"] }),
  },
  {
    missing: "a review that no administrator bypassed",
    reason: "not-approved",
    notOf: every,
    variation: () => ({ environment: "bypassed-dev", leaveOut: ["approve"] }),
  },
  {
    missing: "an approval of this run",
    reason: "not-approved",
    notOf: every,
    variation: (play) => ({ approve: (ready) => approve({ ...ready, run: ready.world.dispatch() }, play) }),
  },
  {
    missing: "an approval of this environment",
    reason: "not-approved",
    notOf: every,
    variation: () => ({
      approve: ({ world, run }) => world.review(run, { environment: "bypassed-dev", by: REVIEWER }),
    }),
  },
  {
    missing: "an approval that came after the plan",
    reason: "not-approved",
    notOf: ({ after, glass }) => (after || glass ? null : "its run begins with the plan"),
    variation: (play) => ({ leaveOut: ["approve"], before: { plan: (ready) => approve(ready, play) } }),
  },
  {
    missing: "an approval by another than the dispatcher",
    reason: "self-approval",
    notOf: every,
    variation: () => ({
      environment: "self-reviewed-dev",
      approve: ({ world, run, environment }) => world.review(run, { environment, by: ONCALL }),
    }),
  },
  {
    missing: "a person who dispatched",
    reason: "dispatcher-unknown",
    notOf: every,
    variation: () => ({ dispatcher: "github-actions[bot]" }),
  },
  {
    missing: "an approval beside which nobody rejected",
    reason: "rejected",
    notOf: every,
    variation: ({ glass }) =>
      behind(({ world, run, environment }) =>
        world.review(run, { environment, by: glass ? LEAD : REVIEWER, state: "rejected" }),
      )(),
  },
  {
    missing: "an approval that is not used up",
    reason: "approval-spent",
    notOf: every,
    variation: behind(async (ready) => {
      const data = { action: "by-hand" as const, summary: "by hand", details: {} };
      await (await recordOf(ready)).append("contained", data, "contained/by-hand");
    }),
  },
  {
    missing: "GitHub's answer about the approval",
    reason: "check-failed",
    notOf: every,
    variation: denied("github", "actions/get-reviews-for-run"),
  },
  {
    missing: "GitHub's answer about the environment",
    reason: "check-failed",
    notOf: every,
    variation: denied("github", "repos/get-environment"),
  },
  {
    missing: "a ledger that can be written",
    reason: "ledger-not-written",
    notOf: every,
    variation: denied("s3", "PutObject", "/ledger/"),
  },
];

/** That there is a plan, of this run, for this action, and that it is what would be made now. */
export const OF_THE_PLAN: readonly Requirement[] = [
  {
    missing: "a plan of this run",
    reason: "no-plan",
    notOf: every,
    variation: () => ({
      before: {
        approve: (ready) => {
          ready.run = ready.world.dispatch();
        },
      },
    }),
  },
  {
    missing: "a plan for this action",
    reason: "plan-mismatch",
    notOf: every,
    variation: ({ after, action }) =>
      after
        ? { plan: { change: after.change === "undo" ? "contain" : "undo" } }
        : { declare: { type: action === "scale-down" ? "client-secret-compromised" : "service-outage" } },
  },
  {
    missing: "an incident that nobody contained since",
    reason: "contained-since",
    notOf: ({ after }) => (after ? null : "it is no way back"),
    variation: behind(async (ready) => {
      const others = { ...ready, run: ready.world.dispatch() };
      const data = { action: "by-hand" as const, summary: "by hand", details: {} };
      await (await recordOf(others)).append("contained", data, "contained/once-more");
    }),
  },
  {
    missing: "an incident of which nobody said since that nothing has to be contained",
    reason: "nothing-to-contain",
    notOf: ({ after, name }) => (after ? "it is no containment" : (BEGUN[name] ?? null)),
    variation: behind(async (ready) => {
      const others = { ...ready, run: ready.world.dispatch() };
      const data = { ...FALSE_ALARM, at: new Date(ready.world.platform.clock.now()).toISOString() };
      await (await recordOf(others)).append("step-confirmed", data, "false-alarm");
    }),
  },
  {
    missing: "a platform as the plan has it",
    reason: "plan-drifted",
    notOf: ({ after }) => (after ? "its steps look for drift themselves: see the next one" : null),
    variation: ({ drift }) => behind(({ world }) => drift.happens(world))(),
  },
  {
    missing: "a platform as containment left it",
    reason: "drifted",
    notOf: ({ after }) => (after ? null : "it is no way back"),
    variation: ({ drift }) => behind(({ world }) => drift.happens(world))(),
  },
];
