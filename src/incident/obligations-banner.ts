import { dayForPeople, minuteForPeople } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { confirmCommand, type Where } from "./commands.ts";
import type { Deadline, Responsible } from "./deadline.ts";
import { openDeadlines } from "./deadlines.ts";
import type { LedgerEntry } from "./entries.ts";
import { type LegalClock, legalClocks } from "./legal-clocks.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { factsOf } from "./state.ts";

/** At the top of the issue: what runs out, and when. Pure: overdue is what was when the newest entry was written. */

const SHOWN = 15;

/** What the law asks for, once personal data is involved; empty before. */
export function legalBanner(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const clocks = legalClocks(entries, runbook);
  const [first] = clocks;
  if (!first) return "";
  const { environment, mcp } = factsOf(entries);
  const where: Where = { id: entries[0]?.incident ?? "", target: { environment, mcp } };
  const steps = runbook.escalation.steps.filter(({ only_with_personal_data }) => only_with_personal_data);
  const lines = clocks.map((clock) => {
    const what = `${untilWhen(clock, runbook)}: ${escapeMarkdown(clock.text)}`;
    if (clock.done) return `~~${what}~~, done ${utc(new Date(clock.done.data.at))}`;
    const step = clock.hasStep ? (steps[0]?.id ?? clock.id) : clock.id;
    const late = isOverdue(clock, entries) ? " **OVERDUE.**" : ".";
    return `${what}${late} Once done: ${codeSpan(confirmCommand(where, step), 400)}`;
  });
  const officer = runbook.contacts[runbook.personal_data?.officer ?? ""];
  const asked = officer ? ` ${escapeMarkdown(officer.role)}: ${reach(officer)}.` : "";
  return [
    `> [!${clocks.every(isDone) ? "NOTE" : "CAUTION"}]`,
    `> **Personal data is involved**, known since ${both(first.begun, runbook)}.${asked}`,
    ...lines.map((line) => `> - ${line}`),
  ].join("\n");
}

/** All that is open, the next first; empty when nothing is. */
export function dueSection(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const open = openDeadlines(entries, runbook);
  if (open.length === 0) return "";
  const rows = open.slice(0, SHOWN).map((deadline) => {
    const late = isOverdue(deadline, entries) ? "**overdue** " : "";
    const who = deadline.responsible.map((one) => namedFor(one, runbook)).join(", ");
    return `| ${late}${escapeMarkdown(deadline.what)} | ${cells(deadline, runbook)} | ${who} |`;
  });
  const more = open.length - SHOWN;
  return [
    "### What is due, and when",
    `| | UTC | ${escapeMarkdown(runbook.time_zone)} | Who sees to it |`,
    "|---|---|---|---|",
    ...rows,
    ...(more > 0 ? [`\nand ${more} more, later.`] : []),
  ].join("\n");
}

/** A deadline's moment, in UTC and in the runbook's time zone, as two cells of a table. */
export function cells({ due, lastDay }: Pick<Deadline, "due" | "lastDay">, { time_zone }: Runbook): string {
  const local = lastDay === null ? minuteForPeople(due, time_zone) : `end of ${dayForPeople(lastDay)}`;
  return `${utc(due)} | ${local}`;
}

/** Who that is, without calling them. */
export function namedFor(one: Responsible, { contacts }: Runbook): string {
  if ("login" in one) return codeSpan(one.login, 60);
  return escapeMarkdown("team" in one ? one.team : (contacts[one.contact]?.role ?? one.contact));
}

/** Whether it had run out when the newest entry was written. */
export function isOverdue({ due }: Pick<Deadline, "due">, entries: readonly LedgerEntry[]): boolean {
  return Date.parse(entries.at(-1)?.at ?? "") >= due.getTime();
}

export function utc(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function untilWhen({ due, lastDay }: LegalClock, { time_zone }: Runbook): string {
  const local = lastDay === null ? minuteForPeople(due, time_zone) : `end of ${dayForPeople(lastDay)}`;
  return `**${utc(due)}** (${local}, ${escapeMarkdown(time_zone)})`;
}

function both(moment: Date, { time_zone }: Runbook): string {
  return `${utc(moment)} (${minuteForPeople(moment, time_zone)}, ${escapeMarkdown(time_zone)})`;
}

function isDone({ done }: LegalClock): boolean {
  return done !== null;
}

function reach({ email, fill_in }: Runbook["contacts"][string]): string {
  return email === undefined ? `still to be filled in: ${escapeMarkdown(fill_in ?? "")}` : codeSpan(email);
}
