import { z } from "zod";
import { login, text } from "./schema-parts.ts";

/** What people and other systems do after the first dispatch, one after the other. `docs/drills.md` explains it. */

const inputs = z.record(text, z.union([z.string(), z.number(), z.boolean()]));

export const dispatch = z.strictObject({
  workflow: text
    .meta({ examples: [".github/workflows/incident.yml"] })
    .default(".github/workflows/incident.yml"),
  actor: login.default("oncall-engineer"),
  inputs: inputs.default({}),
});

const timing = {
  /** Simulated minutes that pass before it, in no time. */
  after_minutes: z.number().min(0).max(1_000_000).default(0),
  /** The moment until which time passes, in place of minutes. */
  at: z.iso.datetime({ offset: true }).optional(),
};

/** An issue or a pull request: the newest of its kind, one with this label, or this number. */
const which = z.union([
  z.enum(["incident", "review", "improvement", "pull_request"]),
  z.strictObject({ label: text }),
  z
    .number()
    .int()
    .min(1)
    .meta({ description: "a number", examples: [1] }),
]);

const replacing = z.array(z.strictObject({ text, with: z.string() }));
const person = { ...timing, by: login.default("oncall-engineer") };
const onIssue = { ...person, on: which.default("incident") };

const dispatchStep = dispatch.extend({
  ...timing,
  do: z.literal("dispatch").optional(),
  /** Started by the workflow's schedule, which gives no inputs. */
  scheduled: z.boolean().default(false),
});

const codeAlert = z.strictObject({
  rule: text,
  description: text,
  severity: z.enum(["low", "medium", "high", "critical"]),
  tool: text.default("CodeQL"),
  path: text.default("src/server.ts"),
  state: z.enum(["open", "dismissed", "fixed"]).default("open"),
});
const secretAlert = z.strictObject({
  type: text,
  display_name: text,
  state: z.enum(["open", "resolved"]).default("open"),
});

export const step = z.discriminatedUnion("do", [
  dispatchStep,
  z.strictObject({ ...onIssue, do: z.literal("comment"), body: z.string().min(1) }),
  /** The newest comment that this person has written there. */
  z.strictObject({ ...onIssue, do: z.literal("edit_comment"), body: z.string().min(1) }),
  z.strictObject({
    ...onIssue,
    do: z.literal("close_issue"),
    reason: z.enum(["completed", "not_planned"]).default("completed"),
  }),
  z.strictObject({ ...onIssue, do: z.literal("reopen_issue") }),
  /** The whole body, or places of it that each stand there once. */
  z.strictObject({
    ...onIssue,
    do: z.literal("edit_issue"),
    title: text.optional(),
    body: z.string().optional(),
    replace: replacing.default([]),
  }),
  z.strictObject({ ...onIssue, do: z.literal("label_issue"), label: text }),
  z.strictObject({ ...person, do: z.literal("merge_pull_request"), on: which.default("pull_request") }),
  z.strictObject({ ...person, do: z.literal("close_pull_request"), on: which.default("pull_request") }),
  z.strictObject({
    ...person,
    do: z.literal("open_issue"),
    title: z.string().default(""),
    /** A file of .github/ISSUE_TEMPLATE; with it `fields`, by their ids, without it `body` and `labels`. */
    form: text.optional(),
    fields: z.record(text, z.union([z.string(), z.array(z.string())])).default({}),
    body: z.string().default(""),
    labels: z.array(text).default([]),
  }),
  z.strictObject({
    ...person,
    do: z.literal("repository_dispatch"),
    event_type: text,
    payload: z.record(z.string(), z.unknown()).default({}),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("find_alerts"),
    code: z.array(codeAlert).default([]),
    secret: z.array(secretAlert).default([]),
  }),
]);

export type ScenarioDispatch = z.output<typeof dispatch>;
export type ScenarioStep = z.output<typeof step>;
export type DispatchStep = z.output<typeof dispatchStep>;
export type PersonStep = Exclude<ScenarioStep, DispatchStep>;
export type Which = z.output<typeof which>;

/** Whether a step dispatches a workflow. */
export function isDispatch(one: ScenarioStep): one is DispatchStep {
  return one.do === undefined || one.do === "dispatch";
}

/** Who takes a step; null for one that nobody takes. */
export function actorOf(one: ScenarioStep): string | null {
  if (isDispatch(one)) return one.actor;
  return "by" in one ? one.by : null;
}
