import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";

export interface Recipient {
  who: string;
  /** An e-mail address or an SNS topic; null when the runbook does not know one yet. */
  address: string | null;
  /** What is still to be filled in, in the runbook's words. */
  missing: string | null;
}

/** Whom the runbook wants told about an incident of this severity, in the runbook's order. */
export function recipients(runbook: Runbook, severity: SeverityId, environment: string): Recipient[] {
  return runbook.escalation.notify
    .filter(({ from }) => atLeast(severity, from))
    .map((entry) => {
      if ("team" in entry) {
        return { who: entry.team, address: entry.topic.replaceAll("{env}", environment), missing: null };
      }
      const contact = runbook.contacts[entry.contact];
      return {
        who: contact?.name ? `${contact.role} (${contact.name})` : (contact?.role ?? entry.contact),
        address: contact?.email ?? null,
        missing: contact?.email === undefined ? (contact?.fill_in ?? "an address") : null,
      };
    });
}
