import { z } from "zod";
import { rolePrincipal } from "../evidence/role-principal.ts";
import type { Runbook } from "../runbook/schema.ts";
import { userPrincipal } from "../runbook/user-principal.ts";
import { noIntake } from "./alarm-signal.ts";
import { badSignal } from "./bad-signal.ts";
import { type Signal, signalOf } from "./signal.ts";

/** Whose word a report is. */
export interface Reporter {
  by: string;
  association: string;
  /** Whoever put the label on it that accepts it; null where nobody has. */
  acceptedBy: string | null;
}

/** A report that somebody has made by one of the issue forms. */
export interface Report extends Reporter {
  /** The issue's. */
  number: number;
  /** Its labels when it was opened or labelled. */
  labels: string[];
  signal: Signal;
}

/** The label by which somebody who may triage has a stranger's report declared. */
export const ACCEPT_LABEL = "declare-incident";
/** The label of a report that waits for somebody to accept it. */
export const WAITING_LABEL = "awaits-acceptance";

/** The parts that are read of https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
const eventSchema = z.object({
  action: z.enum(["opened", "labeled"]),
  label: z.object({ name: z.string() }).nullish(),
  sender: z.object({ login: z.string() }),
  issue: z.object({
    number: z.number().int().positive(),
    title: z.string(),
    body: z.string().nullable(),
    html_url: z.string(),
    created_at: z.string(),
    author_association: z.string(),
    user: z.object({ login: z.string() }).nullable(),
    labels: z.array(z.object({ name: z.string() })),
  }),
});

export type ReportReading = { report: Report } | { report: null; why: string };

/** Whose word the event brings, be the form filled in or not; undefined for an event that is about no issue. */
export function reporterIn(event: unknown): Reporter | undefined {
  const { data } = eventSchema.safeParse(event);
  return data && reporterOf(data);
}

function reporterOf({ action, sender, issue }: z.infer<typeof eventSchema>): Reporter {
  return {
    by: issue.user?.login ?? "",
    association: issue.author_association,
    acceptedBy: action === "labeled" ? sender.login : null,
  };
}

/**
 * Reads an event about an issue. Which form it came by, its label says, and the runbook which row that is. What people
 * chose and wrote is untrusted: the choices are looked up in the runbook, the words are only ever shown as code.
 * @throws FirebreakError `bad-signal` for an event that is none of an issue, or a form that is not filled in;
 *   `bad-input` for an environment or mcp that the runbook does not have.
 */
export function readReport(runbook: Runbook, event: unknown): ReportReading {
  const { intake } = runbook;
  if (!intake) throw noIntake();
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success)
    throw badSignal("The event", "is not about an issue that was opened or labelled", "See docs/intake.md.");
  const { action, label, issue } = parsed.data;
  const forms = new Map(Object.entries(intake.forms));
  const rows = issue.labels.flatMap(({ name }) => forms.get(name) ?? []);
  const [row] = rows;
  if (row === undefined)
    return { report: null, why: `#${issue.number} is no report: it has no form's label.` };
  if (action === "labeled" && label?.name !== ACCEPT_LABEL)
    return { report: null, why: `#${issue.number} got a label that declares nothing.` };
  const answers = readForm(issue.body ?? "");
  const environment = answers.get("environment") ?? intake.default_environment;
  const mcp = answers.get("mcp") ?? intake.default_mcp;
  const signal = signalOf(runbook, {
    row,
    identity: ["report", issue.html_url, issue.number],
    environment,
    mcp,
    what: `#${issue.number}: ${issue.title}`,
    description: `${issue.title}\n\n${issue.body ?? ""}`,
    reference: issue.html_url,
    seenAt: new Date(issue.created_at),
    reportedBy: issue.user?.login ?? null,
    principal: principalIn(answers.get("who it is about")),
  });
  return {
    report: {
      ...reporterOf(parsed.data),
      number: issue.number,
      labels: issue.labels.map(({ name }) => name),
      signal,
    },
  };
}

/**
 * The answers of an issue form: GitHub writes each question as a heading of the third level and the answer below it, and
 * `_No response_` where there is none
 * (https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema).
 * Of two that are called alike the first counts: the forms ask for choices first, so that nothing which is written in a
 * text can take the place of one.
 */
function readForm(body: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const part of body.replaceAll("\r\n", "\n").split(/^### /m).slice(1)) {
    const [heading = "", ...rest] = part.split("\n");
    const key = heading.trim().toLowerCase();
    const value = rest.join("\n").trim();
    if (!answers.has(key) && value !== "" && value !== "_No response_") answers.set(key, value);
  }
  return answers;
}

/** A user or a role, if it reads like one; what it says else stands in the description. */
function principalIn(answer: string | undefined): string | null {
  if (answer === undefined || answer.length > 256 || /\s/.test(answer)) return null;
  return userPrincipal(answer) || rolePrincipal(answer) ? answer : null;
}
