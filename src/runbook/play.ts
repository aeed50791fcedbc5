import type { IncidentType, PlayAction, Runbook } from "./schema.ts";

/** What a type's play consists of in this organisation, for one mcp. */

type ManualRow = IncidentType["manual"][number];

/** A step for people, as the runbook has it for one mcp. */
export interface ManualPlayStep {
  /** A row's own id; `check-downstream/tickets` where a row stands for each data source. */
  id: string;
  text: string;
  /** A contact of the runbook. */
  contact: string | null;
  /** Who that is and where they are reached, or what the runbook still lacks. */
  reach: string | null;
  servicenowCategory: string | null;
  before: boolean;
  deadlineMinutes: number | undefined;
  doneWhen: NonNullable<ManualRow["done_when"]> | null;
  /** Whoever confirms it has to say how it was found: clean, affected or unclear. */
  verdict: boolean;
  /** It is taken in place of an action that the play has, and that is not applied. */
  standsIn: boolean;
}

/** The automatic rows that apply here: blocking a user needs a tenant that lets Firebreak change accounts. */
export function automaticOf(type: string, runbook: Runbook): IncidentType["automatic"] {
  const rows = runbook.incident_types[type]?.automatic ?? [];
  return rows.filter(({ action }) => action !== "block-user" || runbook.entra?.users === "graph");
}

/** Whether the type's incidents are about a user, whom the play blocks, by the machine or by hand. */
export function isAboutUser(type: string, runbook: Runbook): boolean {
  return runbook.incident_types[type]?.automatic.some(({ action }) => action === "block-user") ?? false;
}

/**
 * The rows for people, those left out that the machine takes.
 * @param applied the actions that are applied; the runbook's own where it is not said, none where none could be planned.
 */
export function manualOf(
  type: string,
  mcp: string,
  runbook: Runbook,
  applied: readonly PlayAction[] = automaticOf(type, runbook).map(({ action }) => action),
): ManualPlayStep[] {
  const rows = runbook.incident_types[type]?.manual ?? [];
  return rows
    .filter(({ instead_of }) => instead_of === undefined || !applied.includes(instead_of))
    .filter(({ done_when }) => done_when !== "secret-disabled" || !removesSecret(runbook, applied))
    .flatMap((row) =>
      row.for_each === "data-source" ? perDataSource(row, mcp, runbook) : [step(row, runbook)],
    );
}

/** With strategy entra the rotation itself removes the old secret, first of all. */
function removesSecret({ rotation }: Runbook, applied: readonly PlayAction[]): boolean {
  return rotation.strategy === "entra" && applied.includes("rotate-secret");
}

/** One for each data source of the mcp, its owner's to take; the row itself where the runbook names none. */
function perDataSource(row: ManualRow, mcp: string, runbook: Runbook): ManualPlayStep[] {
  const sources = runbook.data_sources?.[mcp] ?? [];
  if (sources.length === 0) return [{ ...step(row, runbook), verdict: true }];
  return sources.map(({ id, name, owner, tools }) => ({
    ...step({ ...row, contact: owner }, runbook),
    id: `${row.id}/${id}`,
    text: `${row.text}: ${name} (reached by the tools ${tools.join(", ")})`,
    verdict: true,
  }));
}

function step(row: ManualRow, runbook: Runbook): ManualPlayStep {
  const contact = row.contact === undefined ? undefined : runbook.contacts[row.contact];
  return {
    id: row.id,
    text: row.text,
    contact: row.contact ?? null,
    reach: contact ? reachOf(contact) : null,
    servicenowCategory: row.servicenow_category ?? contact?.servicenow_category ?? null,
    before: row.before_automatic ?? false,
    deadlineMinutes: row.deadline_minutes,
    doneWhen: row.done_when ?? null,
    verdict: false,
    standsIn: row.instead_of !== undefined,
  };
}

function reachOf({ role, name, email, fill_in }: Runbook["contacts"][string]): string {
  const who = name === undefined ? role : `${role} (${name})`;
  return `${who}: ${email ?? `not in the runbook yet: ${fill_in ?? "an address"}`}`;
}
