import type { Runbook } from "../runbook/schema.ts";
import { confirmCommand, containCommand, restoreCommand, type Where } from "./commands.ts";
import type { LedgerEntry } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import type { Plan } from "./plan.ts";
import { escalationSteps, factsOf, ofKind } from "./state.ts";

/** The steps that people take, as the ledger has them. Pure. */

type ManualTick = NonNullable<Runbook["incident_types"][string]["manual"][number]["done_when"]>;

export interface ManualStep {
  id: string;
  text: string;
  /** A contact of the runbook. */
  contact: string | null;
  /** When it has to be done by; null where the runbook sets no deadline. */
  deadline: Date | null;
  /** The kind of entry that shows it to be done; null where a person confirms it. */
  doneWhen: ManualTick | null;
  /** The entry that shows it to be done. */
  by: LedgerEntry | undefined;
  /** The plan that has it; null where the runbook alone has it. */
  planSha256: string | null;
}

const MINUTE_MS = 60_000;

/**
 * The manual steps of the containment that was planned last, or of the runbook where none could be planned. Deadlines
 * count from the declaration, so that planning anew puts nothing off.
 */
export function manualStepsOf(entries: readonly LedgerEntry[], runbook: Runbook): ManualStep[] {
  const ofType = runbook.incident_types[factsOf(entries).type]?.manual ?? [];
  const planned = containmentPlan(entries)?.data;
  const steps: Pick<Plan["manual"][number], "id" | "text" | "contact" | "deadlineMinutes">[] =
    planned?.plan.manual ??
    ofType.map(({ id, text, contact, deadline_minutes }) => ({
      id,
      text,
      contact: contact ?? null,
      deadlineMinutes: deadline_minutes,
    }));
  const declared = Date.parse(entries[0]?.at ?? "");
  return steps.map(({ id, text, contact, deadlineMinutes }) => {
    const doneWhen = ofType.find((step) => step.id === id)?.done_when ?? null;
    return {
      id,
      text,
      contact,
      deadline: deadlineMinutes === undefined ? null : new Date(declared + deadlineMinutes * MINUTE_MS),
      doneWhen,
      by: confirmation(entries, id) ?? entries.findLast(({ kind }) => kind === doneWhen),
      planSha256: planned?.sha256 ?? null,
    };
  });
}

/** Every step that a person confirms: the manual ones, and those of the escalation process that nothing else ticks. */
export function stepsToConfirm(entries: readonly LedgerEntry[], runbook: Runbook): ManualStep[] {
  const byPeople = new Set(
    runbook.escalation.steps.filter(({ done_when }) => done_when === undefined).map(({ id }) => id),
  );
  const process = escalationSteps(entries, runbook)
    .filter(({ id, state }) => byPeople.has(id) && state !== "not applicable")
    .map(({ id, text, by }) => ({
      id,
      text,
      contact: null,
      deadline: null,
      doneWhen: null,
      by,
      planSha256: null,
    }));
  return [...manualStepsOf(entries, runbook), ...process];
}

/** The command that says that a step is done. */
export function doneCommand({ id, doneWhen }: Pick<ManualStep, "id" | "doneWhen">, where: Where): string {
  if (doneWhen === "restored") return restoreCommand(where);
  if (doneWhen === "secret-disabled")
    return containCommand(where, 'secret_disabled_by="..."', "secret_disabled_at=...");
  return confirmCommand(where, id);
}

/** What people still have to do by hand, each with its deadline, whom to reach, and how to say that it is done. */
export function openByHand(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const { environment, mcp } = factsOf(entries);
  const where = { id: entries[0]?.incident ?? "", target: { environment, mcp } };
  return manualStepsOf(entries, runbook)
    .filter(({ by }) => by === undefined)
    .map((step) => {
      const until = step.deadline === null ? "" : `, until **${minute(step.deadline.toISOString())}**`;
      return `- By hand${until}: ${escapeMarkdown(step.text)}${reach(step.contact, runbook)}. Once done: ${codeSpan(doneCommand(step, where), 400)}`;
    });
}

/** The section on what people have confirmed; empty when they have confirmed nothing. */
export function confirmedSection(entries: readonly LedgerEntry[]): string {
  const lines = ofKind(entries, "step-confirmed").map(({ data }) => {
    const { login, name } = data.confirmedBy;
    const said = `confirmed by ${codeSpan(login, 60)} (${codeSpan(name, 120)})`;
    return `- [x] ${codeSpan(data.step, 80)} by ${codeSpan(data.by, 200)}, ${minute(data.at)}, ${said}: ${codeSpan(data.note, 600)}`;
  });
  return lines.length === 0 ? "" : ["### Done by hand", ...lines].join("\n");
}

/** The newest plan to contain; what restores or undoes plans no manual steps. */
export function containmentPlan(entries: readonly LedgerEntry[]): LedgerEntry<"planned"> | undefined {
  return ofKind(entries, "planned").findLast(({ data }) => data.plan.change === "contain");
}

function confirmation(entries: readonly LedgerEntry[], step: string): LedgerEntry | undefined {
  return ofKind(entries, "step-confirmed").find(({ data }) => data.step === step);
}

/** Who takes a manual step, as the runbook's contacts have them. */
function reach(contact: string | null, runbook: Runbook): string {
  const who = contact === null ? undefined : runbook.contacts[contact];
  if (!who) return "";
  const where = who.email ? codeSpan(who.email) : escapeMarkdown(who.fill_in ?? "");
  return ` (${escapeMarkdown(who.role)}: ${where})`;
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
