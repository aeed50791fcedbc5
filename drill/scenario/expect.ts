/** Compares what happened with what the scenario expects. */
import type { CallRecord } from "../contracts.ts";
import { isChanging } from "../report/changing.ts";
import type { Difference, DrillReport } from "../report/model.ts";
import type { Expectation } from "./schema.ts";

export interface Outcome {
  report: Omit<DrillReport, "differences" | "asExpected">;
  calls: readonly CallRecord[];
  /** The role, and the application of the tenant, as which approved jobs change something. */
  containmentPrincipals: readonly string[];
  /** Everything that the jobs printed. */
  log: string;
}

/**
 * The differences, in words. With `conclusionOnly` nothing but the conclusion is compared: the scenario was run with
 * another workflow or other inputs, of which its other expectations know nothing.
 */
export function compare(expected: Expectation, outcome: Outcome, conclusionOnly: boolean): Difference[] {
  const { report } = outcome;
  const conclusion = differ("conclusion", expected.conclusion, report.conclusion);
  if (conclusionOnly) return conclusion;
  return [
    ...conclusion,
    ...Object.entries(expected.jobs).flatMap(([key, wanted]) => {
      const actual =
        report.jobs.findLast((job) => job.key === key || job.name === key)?.conclusion ?? "did not run";
      return differ(`job ${key}`, wanted, actual);
    }),
    ...compareRefusals(expected.refusals, report),
    ...compareChanges(expected.changing_calls, outcome),
    ...(expected.service?.desired === undefined
      ? []
      : differ("desired tasks", String(expected.service.desired), String(report.service?.after.desired))),
    ...(expected.service?.running === undefined
      ? []
      : differ("running tasks", String(expected.service.running), String(report.service?.after.running))),
    ...expected.messages_contain
      .filter((text) => !outcome.log.includes(text))
      .map((text) => ({ what: "the jobs' logs", expected: `contain '${text}'`, actual: "they do not" })),
  ];
}

/** A gate lists everything that fails, so more reasons than the expected one may be there; with none expected, none may. */
function compareRefusals(expected: readonly string[], { refusals }: Outcome["report"]): Difference[] {
  const reasons = [...new Set(refusals.map(({ reason }) => reason))];
  const agrees =
    expected.length === 0 ? reasons.length === 0 : expected.every((reason) => reasons.includes(reason));
  return agrees ? [] : differ("refusals", expected.join(", ") || "none", reasons.join(", ") || "none");
}

function compareChanges(expected: Expectation["changing_calls"], outcome: Outcome): Difference[] {
  if (expected === undefined) return [];
  const changes = outcome.calls.filter(
    (call) => outcome.containmentPrincipals.includes(call.principal) && isChanging(call),
  );
  if (changes.length > 0 === (expected === "some")) return [];
  const actual = changes.map(({ service, operation }) => `${service}:${operation}`).join(", ") || "none";
  return differ("changing calls by the containment role", expected, actual);
}

function differ(what: string, expected: string, actual: string): Difference[] {
  return expected === actual ? [] : [{ what, expected, actual }];
}
