import type { Deadline, Responsible } from "../incident/deadline.ts";
import { deadlinesOf } from "../incident/deadlines.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { escapeMarkdown } from "../incident/markdown.ts";
import { cells, isOverdue, namedFor } from "../incident/obligations-banner.ts";
import { ofKind } from "../incident/state.ts";
import type { Runbook } from "../runbook/schema.ts";

/** By which the incident's one comment with its reminders is found again. */
export const REMINDERS_KEY = "reminders";

/** GitHub's logins (https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication). */
const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;

/**
 * What somebody has been reminded of and is still open, and what of it has been done since; empty while nobody was
 * reminded of anything. Pure: the same ledger always gives the same comment.
 */
export function renderReminders(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const reminded = ofKind(entries, "reminded");
  if (reminded.length === 0) return "";
  const told = deadlinesOf(entries, runbook).flatMap((deadline) => {
    const last = reminded.findLast(({ data }) => data.about === deadline.id);
    return last ? [{ deadline, last }] : [];
  });
  const open = told.filter(({ deadline }) => !deadline.done);
  const done = told.filter(({ deadline }) => deadline.done);
  const rows = open.map(({ deadline, last }) => {
    const late = isOverdue(deadline, entries) ? "**overdue** " : "";
    const who = deadline.responsible.map((one) => called(one, runbook)).join(", ");
    return `| ${late}${escapeMarkdown(deadline.what)} | ${cells(deadline, runbook)} | ${stageInWords(last.data.stage)}, ${minute(last.at)} | ${who} |`;
  });
  return [
    "### Reminders",
    ...(rows.length === 0
      ? ["Nothing that anybody was reminded of is open any more."]
      : [
          `| What | Runs out (UTC) | ${escapeMarkdown(runbook.time_zone)} | Last reminded | Who sees to it |\n|---|---|---|---|---|\n${rows.join("\n")}`,
        ]),
    ...(done.length === 0
      ? []
      : [`Done since: ${done.map(({ deadline }) => doneInWords(deadline)).join("; ")}.`]),
    "<sub>One comment, kept as the ledger has it. When somebody is reminded, the runbook's clocks say.</sub>",
  ].join("\n\n");
}

/** A stage for people: `50 % of the time is over`, `overdue, reminded for time 2`. */
export function stageInWords(stage: string): string {
  const [word = "", number = ""] = stage.split("/");
  return word === "overdue" ? `overdue, for time ${number}` : `${word} % of the time is over`;
}

function doneInWords({ what, done }: Deadline): string {
  return `~~${escapeMarkdown(what)}~~ ${minute(done?.at ?? "")}`;
}

/** A person is mentioned, where it is the name of one: apps have brackets in theirs. */
function called(one: Responsible, runbook: Runbook): string {
  return "login" in one && LOGIN.test(one.login) ? `@${one.login}` : namedFor(one, runbook);
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
