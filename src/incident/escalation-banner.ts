import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import type { Recipient } from "./escalation.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { recipientsNow, undelivered } from "./notices.ts";
import { factsOf } from "./state.ts";
import { takenLine } from "./taken-line.ts";
import { toldByHand } from "./told.ts";

/** At the top of the issue: whom somebody has to telephone, and who has taken the incident. Pure. */
export function escalationBanner(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const alarms = [...notTold(entries, runbook), ...unreachable(entries, runbook)];
  const alert =
    alarms.length === 0 ? [] : [["> [!CAUTION]", ...alarms.map((line) => `> ${line}`)].join("\n")];
  const taken = takenLine(entries, runbook);
  return [...alert, ...(taken === "" ? [] : [taken])].join("\n\n");
}

function notTold(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const known = new Map(recipientsNow(entries, runbook).map((one) => [one.id, one.who]));
  return undelivered(entries, runbook).map(({ data }) => {
    const who = escapeMarkdown(known.get(data.recipient) ?? data.recipient);
    const how = data.telephone === null ? "the runbook has no number" : codeSpan(data.telephone);
    return `**Telephone ${who} now** (${how}): no message reached them: ${codeSpan(data.why, 300)}`;
  });
}

/** A Critical incident whose manager cannot be told is not declared silently: a person has to tell them. */
function unreachable(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  if (factsOf(entries).severity !== "critical") return [];
  const always = alwaysTold(runbook);
  return recipientsNow(entries, runbook)
    .filter(({ id, ways }) => ways.length === 0 && always.has(id))
    .filter(({ id }) => !toldByHand(entries, runbook, id))
    .map(({ who, missing, telephone }: Recipient) => {
      const why =
        missing === null
          ? "the runbook has no channel by which a message reaches them"
          : `${escapeMarkdown(missing)} is missing from the runbook`;
      return `**Critical, and nobody has told ${escapeMarkdown(who)}**: ${why}. Tell them now${telephone === null ? "" : `, by telephone: ${codeSpan(telephone)}`}.`;
    });
}

/** Those who are told of every incident, whatever it is. */
function alwaysTold({ escalation }: Runbook): Set<string> {
  return new Set(
    escalation.notify.flatMap((row) =>
      "contact" in row && row.from === "low" && !row.only_with_personal_data ? [row.contact] : [],
    ),
  );
}
