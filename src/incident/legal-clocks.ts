import { addMonths, endOfDay, localDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import { ofKind, personalDataSince } from "./state.ts";

/** What the law gives an organisation once personal data is involved, and until when. Pure. */

export interface LegalClock {
  /** By which confirm-step names it, where no step of the escalation process stands for it. */
  id: string;
  text: string;
  /** Since when the organisation has been aware of it, or what it counts from otherwise. */
  begun: Date;
  due: Date;
  /** The day at whose end it is due, in the runbook's time zone; null where hours are counted. */
  lastDay: string | null;
  done: LedgerEntry<"step-confirmed"> | null;
  /** Whether a step of the escalation process stands for it. */
  hasStep: boolean;
}

const HOUR_MS = 3_600_000;

/**
 * None while no personal data is known to be involved, or the runbook has no `personal_data`.
 *
 * GDPR, article 33(1): not later than 72 hours after having become aware of it
 * (https://eur-lex.europa.eu/eli/reg/2016/679/oj). NIS2, article 23(4): an early warning within 24 hours and a
 * notification within 72 hours of becoming aware, a final report not later than one month after the submission of the
 * notification (https://eur-lex.europa.eu/eli/dir/2022/2555/oj). Hours are counted through weekends, holidays and changes
 * of the clocks. A month ends with the day of the same date, or with the month's last one where it has no such date
 * (article 3(2)(c) of Regulation 1182/71, https://eur-lex.europa.eu/eli/reg/1971/1182/oj); that the same article puts an
 * end on a holiday off to the next working day is not made use of.
 */
export function legalClocks(entries: readonly LedgerEntry[], runbook: Runbook): LegalClock[] {
  const aware = personalDataSince(entries);
  const { personal_data: rules, time_zone } = runbook;
  if (aware === null || rules === undefined) return [];
  const step = runbook.escalation.steps.find(
    ({ only_with_personal_data, done_when }) => only_with_personal_data && done_when === undefined,
  );
  const after = (hours: number) => ({
    begun: aware,
    due: new Date(aware.getTime() + hours * HOUR_MS),
    lastDay: null,
  });
  const gdpr: LegalClock = {
    id: "gdpr",
    text: "Notify the supervisory authority (GDPR, article 33)",
    ...after(rules.gdpr_hours),
    done: confirmed(entries, step?.id ?? "gdpr"),
    hasStep: step !== undefined,
  };
  if (rules.nis2 === undefined) return [gdpr];
  const nis2 = (id: string, text: string, times: Pick<LegalClock, "begun" | "due" | "lastDay">) => ({
    id: `nis2/${id}`,
    text,
    ...times,
    done: confirmed(entries, `nis2/${id}`),
    hasStep: false,
  });
  const notification = nis2(
    "notification",
    "Notify the CSIRT or the competent authority (NIS2, article 23(4)(b))",
    after(rules.nis2.notification_hours),
  );
  const submitted = notification.done === null ? notification.due : new Date(notification.done.data.at);
  const lastDay = addMonths(localDay(submitted, time_zone), rules.nis2.final_report_months);
  return [
    gdpr,
    nis2(
      "early-warning",
      "Warn the CSIRT or the competent authority early (NIS2, article 23(4)(a))",
      after(rules.nis2.early_warning_hours),
    ),
    notification,
    nis2(
      "final-report",
      "Send the final report to the CSIRT or the competent authority (NIS2, article 23(4)(d))",
      { begun: submitted, due: endOfDay(lastDay, time_zone), lastDay },
    ),
  ];
}

function confirmed(entries: readonly LedgerEntry[], step: string): LedgerEntry<"step-confirmed"> | null {
  return ofKind(entries, "step-confirmed").find(({ data }) => data.step === step) ?? null;
}
