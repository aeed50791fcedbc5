import { FirebreakError } from "../../errors.ts";
import { commentOnce, ensureLabels, readIssue } from "../../incident/issue.ts";
import { REPORT_LABELS } from "../../incident/labels.ts";
import { codeSpan } from "../../incident/markdown.ts";
import {
  ACCEPT_LABEL,
  type Report,
  type Reporter,
  readReport,
  reporterIn,
  WAITING_LABEL,
} from "../../intake/report.ts";
import { isTrusted, mayTriage } from "../../intake/trusted.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { ReceiveIndicatorInputs } from "./inputs.ts";
import { takeIn } from "./run.ts";

/**
 * A report by an issue form. Of members, and of people who may triage, it declares by itself; of anybody else it waits
 * until somebody who may triage puts a label on it.
 */
export async function receiveReport(
  inputs: ReceiveIndicatorInputs,
  deps: ActionDeps,
  runbook: Runbook,
  event: unknown,
): Promise<Outputs> {
  const reading = await readOrAnswer(inputs, deps, runbook, event);
  if (!reading.report) {
    deps.log.info(reading.why);
    return { declares: "false", outcome: "nothing" };
  }
  const { report } = reading;
  if (!(await mayDeclare(deps, report))) return wait(inputs, deps, report);
  const outputs = await takeIn(inputs, deps, runbook, report.signal);
  if (inputs.dryRun) return outputs;
  await waitsNoMore(deps, report);
  if (outputs.outcome !== "joined")
    await commentOnce(
      deps,
      report.number,
      "report/taken-in",
      "Thank you. An incident is being declared for it: evidence is preserved and people are told at once; nothing is changed before a person approves it.",
    );
  return outputs;
}

/**
 * Whoever has made a report that cannot be read is told so, where the report is. The job fails for people who are trusted
 * alone: a job that fails is run again, and has the team called.
 */
async function readOrAnswer(
  { dryRun }: ReceiveIndicatorInputs,
  deps: ActionDeps,
  runbook: Runbook,
  event: unknown,
): Promise<ReturnType<typeof readReport>> {
  try {
    return readReport(runbook, event);
  } catch (error) {
    const number = (event as { issue?: { number?: unknown } }).issue?.number;
    if (error instanceof FirebreakError && typeof number === "number" && dryRun === false)
      await commentOnce(
        deps,
        number,
        "report/unreadable",
        `Nothing is declared: ${codeSpan(error.message, 600)} ${codeSpan(error.remedy, 600)}`,
      );
    const reporter = reporterIn(event);
    if (!(error instanceof FirebreakError) || !reporter || (await mayDeclare(deps, reporter))) throw error;
    return { report: null, why: `A stranger's report cannot be read: ${error.message}` };
  }
}

function mayDeclare(deps: ActionDeps, { by, association, acceptedBy }: Reporter): Promise<boolean> {
  return acceptedBy === null ? isTrusted(deps, by, association) : mayTriage(deps, acceptedBy);
}

async function wait({ dryRun }: ReceiveIndicatorInputs, deps: ActionDeps, report: Report): Promise<Outputs> {
  const outputs = { declares: "false", outcome: "waits" };
  deps.log.info(`#${report.number} declares nothing by itself: its author has no role here.`);
  if (dryRun) return outputs;
  const { owner, repo } = deps.context;
  await ensureLabels(deps, REPORT_LABELS);
  await deps.github.rest.issues.addLabels({
    owner,
    repo,
    issue_number: report.number,
    labels: [WAITING_LABEL],
  });
  await commentOnce(
    deps,
    report.number,
    "report/waits",
    `Thank you. Nothing is declared yet: somebody who may triage looks at it, and puts the label \`${ACCEPT_LABEL}\` on it to have an incident declared.`,
  );
  return outputs;
}

/** Takes the label off that it was waiting. A failure is a warning: it is taken in. */
async function waitsNoMore(deps: ActionDeps, { number, labels }: Report): Promise<void> {
  if (!labels.includes(WAITING_LABEL)) return;
  const { owner, repo } = deps.context;
  try {
    const now = (await readIssue(deps, number)).labels.map((one) =>
      typeof one === "string" ? one : one.name,
    );
    const others = now.filter((name) => name !== undefined && name !== WAITING_LABEL) as string[];
    await deps.github.rest.issues.setLabels({ owner, repo, issue_number: number, labels: others });
  } catch (error) {
    deps.log.warning(`#${number} keeps the label ${WAITING_LABEL}: ${(error as Error).message}`);
  }
}
