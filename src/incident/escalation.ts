import type { Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import type { IncidentFacts } from "./entries.ts";
import type { CHANNELS } from "./response-entries.ts";

export type Channel = (typeof CHANNELS)[number];

/** One way to reach somebody. */
export interface Way {
  channel: Channel;
  /** The topic's name, the e-mail address, the name of the parameter that holds the webhook's URL, or whom GitHub mentions. */
  address: string;
}

export interface Recipient {
  /** The contact's id, or the team's name. */
  id: string;
  /** For people: the role and the name. */
  who: string;
  /** Where people reach them: an e-mail address, a topic, or the first of their channels; null while the runbook has none. */
  address: string | null;
  /** What is still to be filled in, in the runbook's words. */
  missing: string | null;
  /** In the order in which they are tried. Empty where a message cannot be sent. */
  ways: readonly Way[];
  telephone: string | null;
}

/** What decides whom the runbook wants told. */
export type Reach = Pick<IncidentFacts, "severity" | "environment" | "personalData">;

/**
 * Whom the runbook wants told, in its order: the rows of its table, and last the contact for data protection, once
 * personal data is involved and no row names them.
 */
export function recipients(runbook: Runbook, reach: Reach): Recipient[] {
  const { severity, environment, personalData } = reach;
  const told = runbook.escalation.notify
    .filter((row) => atLeast(severity, row.from))
    .filter((row) => personalData || !("contact" in row) || !row.only_with_personal_data)
    .map((row) =>
      "contact" in row ? contactOf(runbook, row.contact, environment) : teamOf(row, environment),
    );
  const officer = runbook.personal_data?.officer;
  if (!personalData || officer === undefined || told.some(({ id }) => id === officer)) return told;
  return [...told, contactOf(runbook, officer, environment)];
}

type Row = Runbook["escalation"]["notify"][number];
type ChannelRow = NonNullable<Runbook["contacts"][string]["channels"]>[number];

/** Their topic first, then what else the runbook names. */
export function teamOf(
  { team, topic, channels = [] }: Extract<Row, { team: string }>,
  environment: string,
): Recipient {
  const ways = waysOf([{ sns: topic }, ...channels], environment, undefined);
  return {
    id: team,
    who: team,
    address: ways[0]?.address ?? null,
    missing: null,
    ways,
    telephone: null,
  };
}

/** By e-mail, where the runbook names no channels. */
export function contactOf(runbook: Runbook, id: string, environment: string): Recipient {
  const contact = runbook.contacts[id];
  const from = runbook.escalation.email_from;
  const email = from === undefined ? undefined : contact?.email;
  const ways = waysOf(contact?.channels ?? [{ ses: true }], environment, email);
  const address = contact?.email ?? ways[0]?.address ?? null;
  return {
    id,
    who: contact?.name ? `${contact.role} (${contact.name})` : (contact?.role ?? id),
    address,
    missing: address === null ? (contact?.fill_in ?? "an address") : null,
    ways,
    telephone: contact?.telephone ?? null,
  };
}

function waysOf(rows: readonly ChannelRow[], environment: string, email: string | undefined): Way[] {
  const fill = (text: string) => text.replaceAll("{env}", environment);
  const ways = rows.flatMap((row): Way[] => {
    if ("ses" in row) return email === undefined ? [] : [{ channel: "ses", address: email }];
    if ("sns" in row) return [{ channel: "sns", address: fill(row.sns) }];
    if ("slack" in row) return [{ channel: "slack", address: fill(row.slack) }];
    if ("teams" in row) return [{ channel: "teams", address: fill(row.teams) }];
    return [{ channel: "github", address: row.github }];
  });
  const named = (one: Way) => `${one.channel} ${one.address}`;
  return ways.filter((way, index) => ways.findIndex((other) => named(other) === named(way)) === index);
}
