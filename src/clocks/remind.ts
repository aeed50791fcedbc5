import { type Deadline, leaderOf, type Responsible } from "../incident/deadline.ts";
import { openDeadlines } from "../incident/deadlines.ts";
import { contactOf, type Recipient, teamOf } from "../incident/escalation.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { given, nameOf, reminderKey, reminderOf, type Stage } from "../incident/reminders.ts";
import { severityChanges } from "../incident/severity-changes.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import { type Notified, notify } from "../notify/notify.ts";
import type { Runbook } from "../runbook/schema.ts";
import { type Asked, isConcluded } from "./again.ts";
import { stageInWords } from "./rolling-comment.ts";

/** One reminder that is due, given or not. */
export interface Due {
  deadline: Deadline;
  stage: Stage;
}

/** The newest reminder of each open deadline; none where the runbook has no clocks. */
export function remindersDue({ chain, runbook }: IncidentRecord, now: Date): Due[] {
  const { clocks } = runbook;
  if (!clocks) return [];
  return openDeadlines(chain, runbook).flatMap((deadline) => {
    const stage = reminderOf(deadline, clocks, now);
    return stage ? [{ deadline, stage }] : [];
  });
}

/**
 * Gives one reminder, once: what the ledger says to be given is not given again, and a job that was killed in between is
 * taken up where it ended. The ledger says first that somebody is reminded, then the messages go out.
 */
export async function remind(
  deps: NotifyDeps,
  record: IncidentRecord,
  one: Due,
  asked: Asked,
): Promise<{ wrote: boolean; notified: Notified | undefined }> {
  const { deadline, stage } = one;
  const { id, due, responsible } = deadline;
  const data = { about: id, stage: stage.stage, due: due.toISOString(), to: responsible.map(nameOf) };
  const wrote =
    !isGiven(record, one) && (await record.append("reminded", data, reminderKey(deadline, stage)));
  const reason = `reminder/${id}/${stage.stage}/${due.toISOString()}`;
  const reached = (whom: readonly Responsible[]) =>
    addressees(whom, record.runbook, record.facts.environment);
  const all = reached(responsible);
  // Whoever leads is reached at least on GitHub.
  const to = (all.length > 0 ? all : reached([leaderOf(record.chain)])).filter(
    (recipient) => !isConcluded(record, { reason, severity: record.severity }, recipient, asked),
  );
  if (to.length === 0) return { wrote, notified: undefined };
  const why = reasonOf(record, one);
  const ask = [`See to it: ${deadline.what}`];
  return { wrote, notified: await notify(deps, record, { reason, why, ask, to }) };
}

/** Why somebody is reminded, in two sentences; a third where it was late from the moment on when it became due. */
function reasonOf(
  { chain, runbook }: IncidentRecord,
  { deadline: { id, what, due }, stage: { stage } }: Due,
): string {
  const at = `${due.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  if (!stage.startsWith("overdue/")) return `Still open: ${what}. ${stageInWords(stage)}; it is due ${at}.`;
  // Where the clocks did not run, or the severity rose, the earlier ones were never given.
  const told = ofKind(chain, "reminded").filter(
    ({ data }) => data.about === id && data.due === due.toISOString() && data.stage.startsWith("overdue/"),
  ).length;
  const times = told > 1 ? `, and you are told for time ${told} since` : "";
  const raised = raisedPast(chain, runbook, id, due);
  return `Overdue: ${what}. It was due ${at}${times}.${raised}`;
}

/** The runbook's times count from the declaration: a severity that rises late may find them over. */
function raisedPast(
  chain: IncidentRecord["chain"],
  { clocks, severities }: Runbook,
  id: string,
  due: Date,
): string {
  const { severity } = factsOf(chain);
  const raise = severityChanges(chain).at(-1);
  if (!raise || !Object.hasOwn(clocks?.targets ?? {}, id) || Date.parse(raise.at) < due.getTime()) return "";
  const at = raise.at.slice(0, 16).replace("T", " ");
  return ` The severity was raised to ${severities[severity].name} ${at} UTC; the time counts from the declaration, so that it was over by then.`;
}

/** Whether the ledger says already that somebody is reminded. */
export function isGiven({ chain }: IncidentRecord, { deadline, stage }: Due): boolean {
  return given(chain, deadline, stage) !== undefined;
}

/** For example `contain/80`, or `step/disable-account/overdue/2`. */
export function nameOfDue({ deadline, stage }: Due): string {
  return `${deadline.id}/${stage.stage}`;
}

/**
 * To whom a reminder is sent. The runbook reaches contacts and teams; of somebody on GitHub it knows the login alone, so
 * they are told as the contact that has this login, or else their teams are, and the comment mentions them. That alone
 * would not do: GitHub sends no e-mail about a mention that comes by an edit
 * (https://github.com/isaacs/github/issues/310). Whom the runbook has no address of is left out.
 */
export function addressees(
  responsible: readonly Responsible[],
  runbook: Runbook,
  environment: string,
): Recipient[] {
  const all = responsible.flatMap((one) => {
    if ("contact" in one) return [contactOf(runbook, one.contact, environment)];
    if ("team" in one) return teamsOf(runbook, environment).filter(({ id }) => id === one.team);
    const contact = Object.entries(runbook.contacts).find(([, { channels = [] }]) =>
      channels.some((way) => "github" in way && way.github.toLowerCase() === one.login.toLowerCase()),
    );
    if (contact) return [contactOf(runbook, contact[0], environment)];
    const teams = teamsOf(runbook, environment);
    return teams.length > 0 ? teams : [onGitHub(one.login)];
  });
  const usable = all.filter(({ ways }) => ways.length > 0);
  return usable.filter(({ id }, index) => usable.findIndex((other) => other.id === id) === index);
}

function teamsOf(runbook: Runbook, environment: string): Recipient[] {
  return runbook.escalation.notify.flatMap((row) => ("team" in row ? [teamOf(row, environment)] : []));
}

function onGitHub(login: string): Recipient {
  const ways = [{ channel: "github" as const, address: login }];
  return { id: login, who: login, address: null, missing: null, ways, telephone: null };
}
