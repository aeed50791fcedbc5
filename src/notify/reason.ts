import { takenBy } from "../incident/acknowledgement.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { glassReason, type Notice, noticeName } from "../incident/notices.ts";
import { raisesOf } from "../incident/severity-changes.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import type { Runbook } from "../runbook/schema.ts";
import { foreign, moment } from "./words.ts";

/** Why somebody is told, in a sentence. Pure. */
export function reasonInWords(entries: readonly LedgerEntry[], runbook: Runbook, notice: Notice): string {
  const [word = "", number = ""] = notice.reason.split("/");
  const { severities } = runbook;
  switch (word) {
    case "declared":
      return `This incident was declared as ${severities[notice.severity].name}.`;
    case "severity-raised":
    case "tampering": {
      const raise = raisesOf(entries).find(({ reason }) => reason === notice.reason)?.entry.data;
      if (!raise) throw new Error(`the ledger has no raise for the notice ${noticeName(notice)}`);
      const now = notice.severity === raise.to ? "" : `. It is ${severities[notice.severity].name} now`;
      return `The severity was raised from ${severities[raise.from].name} to ${severities[raise.to].name}: ${foreign(raise.reason)}${now}`;
    }
    case "personal-data": {
      const found = ofKind(entries, "personal-data-found")[0];
      return found
        ? `Personal data is involved, as is known since ${moment(found.data.awareAt, runbook.time_zone)}.`
        : "Personal data is involved.";
    }
    case "glass-broken":
      return glassBroken(entries, notice);
    case "repeat": {
      const now = severities[factsOf(entries).severity].name;
      const since = takenBy(entries) ? `since it became ${now}` : "yet";
      return `Nobody has taken this incident ${since}. You are told again, for time ${number}.`;
    }
    default:
      throw new Error(`the notice ${noticeName(notice)} needs words of its own`);
  }
}

/** Who let it and why, what was skipped, and that this may be lost. */
function glassBroken(entries: readonly LedgerEntry[], notice: Notice): string {
  const broken = ofKind(entries, "glass-broken").filter((entry) => glassReason(entry) === notice.reason);
  const [first] = broken;
  if (!first) throw new Error(`the ledger has no glass broken for the notice ${noticeName(notice)}`);
  const { action, approvals, reason } = first.data;
  const who = [...new Set(broken.flatMap(({ data }) => data.approvals.map(({ login }) => login)))];
  const skipped = new Set(broken.flatMap(({ data }) => data.skipped.map((one) => one.reason)));
  return `The glass was broken: ${action} went on without evidence that it requires (${[...skipped].join(", ")}), which may be lost for good. Approved in ${approvals[0]?.environment ?? "no environment"} by ${foreign(who.join(", "), 200)}, because: ${foreign(reason)}`;
}
