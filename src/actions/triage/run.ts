import { resolve } from "node:path";
import { describeError, FirebreakError } from "../../errors.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { type Answer, answer } from "../../query/answer.ts";
import { toQuestion } from "../../query/ask-inputs.ts";
import { athenaSql } from "../../query/athena.ts";
import { declareCommand } from "../../query/declare-command.ts";
import { detectionRow } from "../../query/detection.ts";
import { handOverReason, tooLarge } from "../../query/hand-over.ts";
import { ingest } from "../../query/ingest.ts";
import { liveFolder, liveRecords } from "../../query/live.ts";
import { propose } from "../../query/proposal.ts";
import type { Question, Span } from "../../query/questions.ts";
import { questionInWords } from "../../query/report.ts";
import { triageMarkdown } from "../../query/triage-report.ts";
import { layoutOf, withEngine } from "../../query/workspace.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { SIGNS } from "../../runbook/query-schema.ts";
import { resolveTarget } from "../../runbook/target.ts";
import type { TriageInputs } from "./inputs.ts";

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;

/**
 * Answers a row of the runbook's detection tables: what it may mean, what the live audit records say, and what to
 * declare if a person agrees. There is no incident yet, so nothing is preserved and nothing is written: reads only.
 * Where this machine cannot answer (too many records, no engine), the proposal stands without an answer, and the SQL for
 * Athena beside it.
 * @throws FirebreakError `bad-input` for a row that there is not, `not-in-runbook`.
 */
export async function run(inputs: TriageInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const layout = layoutOf(runbook);
  const target = resolveTarget(runbook, inputs.environment, inputs.mcp);
  const row = detectionRow(runbook, inputs.indicator);
  const signs = row.rule ? row.rule.ask : SIGNS;
  const asked: Question[] = [
    ...(signs.length > 0 ? [{ kind: "overview" as const, signs }] : []),
    ...(inputs.question === "overview" ? [] : [toQuestion(inputs.question, inputs.value)]),
  ];
  const to = deps.clock.now();
  const from = new Date(to.getTime() - inputs.hours * HOUR_MS);
  const baselineFrom = new Date(from.getTime() - layout.settings.baseline_days * 24 * HOUR_MS);
  const span: Span = { from, to, baselineFrom };
  const s3 = deps.aws(target.region).s3;
  const limit = layout.settings.local_up_to_gigabytes * GIB;

  if (inputs.dryRun) {
    deps.log.info(`Would triage ${row.id} by ${asked.length} questions of ${liveFolder(target)}.`);
    await deps.summary(
      `## Triage: dry run\n\nWould ask ${asked.length} questions of the live audit records.\n`,
    );
    return {};
  }

  const answers = asked.length === 0 ? [] : await askLive();
  const unanswered = answers instanceof FirebreakError ? answers : null;
  const found = answers instanceof FirebreakError ? [] : answers;
  const overview = signs.length > 0 ? (found[0] ?? null) : null;
  const proposal = propose(row, overview);
  const where = { environment: inputs.environment, mcp: inputs.mcp, detectedAt: to };
  const command = declareCommand(runbook, row, proposal, where);
  const folders = [{ name: `live_${inputs.mcp}`, uri: liveFolder(target) }];
  const handedOver = unanswered && {
    why: unanswered,
    asked: asked.map(questionInWords).join(" and for "),
    sql: asked.map((one) => athenaSql(layout, one, span, folders)).join("\n\n"),
  };
  if (unanswered) deps.log.warning(describeError(unanswered));
  const text = triageMarkdown({ runbook, row, proposal, command, answers: found, handedOver, target });
  await deps.summary(`## Triage: ${row.id}\n\n${text}\n`);
  deps.log.info(
    `Proposed: ${proposal.severity ?? "nothing"}, ${proposal.type ?? "no type"}. ${proposal.why}`,
  );
  deps.log.info(`To declare it: ${command}`);
  return {
    "borne-out": proposal.borneOut === null ? "unknown" : String(proposal.borneOut),
    severity: proposal.severity ?? "",
    type: proposal.type ?? "",
    command,
  };

  /** The answers, or why Athena has to give them. */
  async function askLive(): Promise<Answer[] | FirebreakError> {
    const window = { from: baselineFrom, to };
    try {
      let bytes = 0;
      for await (const { size } of liveRecords(s3, target, window)) bytes += size;
      if (bytes > limit) throw tooLarge();
      return await withEngine(resolve(deps.context.workspace, inputs.engine), async (engine, folder) => {
        const objects = liveRecords(s3, target, window);
        const read = await ingest({ s3, clock: deps.clock, log: deps.log }, engine, folder, layout, objects);
        const all: Answer[] = [];
        for (const question of asked) all.push(await answer(engine, folder, question, span, read));
        return all;
      });
    } catch (error) {
      return handOverReason(error);
    }
  }
}
