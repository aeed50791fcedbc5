import { FirebreakError } from "../errors.ts";
import { againCommand, breakGlassCommand, preserveCommand } from "../incident/commands.ts";
import type { EntryData, Refusal } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { recordedPlan } from "./recorded-plan.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";

/**
 * Breaking the glass: a Critical incident is contained although the evidence that the change requires cannot be had.
 * Others review it, in a GitHub environment of its own; everything else that the gate requires it still requires.
 */

type BreakGlass = NonNullable<EntryData<"planned">["breakGlass"]>;
type Asking = Pick<CheckContext, "deps" | "record">;

/** A reason in words has at least so many characters. */
const LEAST_REASON = 20;

/**
 * What a look at the evidence may have found missing, and nothing else. A look that could not be made is not here, nor
 * is a ledger that was tampered with, nor a parameter that SSM would refuse to write.
 */
const SKIPPABLE: ReadonlySet<string> = new Set([
  "no-capture",
  "capture-failed",
  "capture-unrecorded",
  "capture-incomplete",
  "capture-does-not-cover-new-task",
  "label-incomplete",
  "evidence-altered",
  "manifest-broken",
  "parameter-not-documented",
  "parameter-not-labelled",
  "parameter-changed-since-documented",
  "role-not-documented",
  "role-changed-since-documented",
  "bucket-policy-not-documented",
  "bucket-policy-changed-since-documented",
]);

/** What this run's plan says about breaking the glass; undefined when it asks for nothing of the kind. */
export function breakGlassOf(asking: Asking): BreakGlass | undefined {
  return recordedPlan(asking)?.data.breakGlass;
}

/** The GitHub environment whose reviewers decide about this run's plan. */
export function decidingEnvironment(asking: Asking): string {
  const { breakGlassEnvironment, githubEnvironment } = asking.record.target;
  return breakGlassOf(asking) === undefined
    ? githubEnvironment
    : (breakGlassEnvironment ?? githubEnvironment);
}

/** The dispatch that plans this change anew and asks for the approval anew. */
export function dispatchAgain(context: CheckContext): string {
  const { record, request } = context;
  return breakGlassOf(context) === undefined
    ? againCommand(request.change, record)
    : breakGlassCommand(record);
}

/** Why a reason for breaking the glass is none; undefined when it is one. */
export function reasonProblem(reason: string): string | undefined {
  const words = reason.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.length >= 2 && words.join(" ").length >= LEAST_REASON
    ? undefined
    : `is no reason in words, of at least ${LEAST_REASON} characters`;
}

/** For planning: refused there already, nobody is asked for an approval that would be worth nothing. */
export function requireMayBreakGlass(
  record: IncidentRecord,
  change: CheckContext["request"]["change"],
  reason: string,
): void {
  const [first, ...more] = objections(record, change, reason);
  if (!first) return;
  const messages = [first, ...more].map(({ message }) => message);
  const remedies = [first, ...more].map(({ remedy }) => remedy);
  throw new FirebreakError(first.reason, messages.join("\n"), remedies.join("\n"));
}

/** The incident may be contained without its evidence, if its reviewers want it so. */
export function checkBreakGlass({ record, request }: CheckContext, { reason }: BreakGlass): Finding {
  const refusals = objections(record, request.change, reason);
  return refusals.length > 0
    ? refused(...refusals)
    : held("the incident is Critical and its glass may be broken");
}

/** Which of these refusals may be skipped, and which stand whoever approves. */
export function partition(refusals: readonly Refusal[]): { skipped: Refusal[]; standing: Refusal[] } {
  const may = ({ reason }: Refusal) => SKIPPABLE.has(reason);
  return { skipped: refusals.filter(may), standing: refusals.filter((one) => !may(one)) };
}

/** The way on where nothing but evidence is missing and the glass may be broken; undefined in any other case. */
export function breakGlassHint(context: CheckContext, refusals: readonly Refusal[]): string | undefined {
  const { record, request } = context;
  const possible =
    breakGlassOf(context) === undefined &&
    mayBreakGlass(record, request.change) &&
    partition(refusals).standing.length === 0;
  return possible
    ? `Where the evidence cannot be had and every minute costs: ${breakGlassCommand(record)}`
    : undefined;
}

function mayBreakGlass(record: IncidentRecord, change: CheckContext["request"]["change"]): boolean {
  return objections(record, change, "a reason that somebody will give").length === 0;
}

function objections(
  record: IncidentRecord,
  change: CheckContext["request"]["change"],
  reason: string,
): Refusal[] {
  const { runbook, severity, target } = record;
  const preserve = `Preserve the evidence: ${preserveCommand(record)}`;
  const found: Refusal[] = [];
  if (change !== "contain") {
    const message = `The glass is broken to contain, never to ${change}: a way back can wait for its evidence.`;
    found.push(refusal("break-glass-only-contains", message, preserve));
  }
  if (severity !== "critical") {
    const message = `The glass is broken for severity ${runbook.severities.critical.name} alone; ${record.id} is ${runbook.severities[severity].name}.`;
    const remedy = `${preserve}\nWhere it was declared too low, declare it anew as ${runbook.severities.critical.name}.`;
    found.push(refusal("not-critical", message, remedy));
  }
  if (target.breakGlassEnvironment === null) {
    const message = `The runbook names no break_glass_environment for ${target.environment}: nobody may break the glass there.`;
    const remedy = `Add environments.${target.environment}.break_glass_environment and set that GitHub environment up. ${preserve}`;
    found.push(refusal("break-glass-not-set-up", message, remedy));
  }
  if (record.all("capture-started").length === 0 && record.all("capture-sealed").length === 0) {
    const message = `Nobody has tried to preserve the evidence of ${record.id}: that it cannot be had is not known.`;
    found.push(refusal("evidence-not-tried", message, preserve));
  }
  const problem = reasonProblem(reason);
  if (problem !== undefined) {
    const remedy = `Say why in words: ${breakGlassCommand(record)}`;
    found.push(refusal("reason-too-short", `What is given ${problem}.`, remedy));
  }
  return found;
}
