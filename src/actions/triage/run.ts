import { resolve } from "node:path";
import { FirebreakError } from "../../errors.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { type Answer, answer } from "../../query/answer.ts";
import { toQuestion } from "../../query/ask-inputs.ts";
import { athenaSql } from "../../query/athena.ts";
import { declareCommand } from "../../query/declare-command.ts";
import { detectionRow } from "../../query/detection.ts";
import { ingest } from "../../query/ingest.ts";
import { liveFolder, liveRecords } from "../../query/live.ts";
import { propose } from "../../query/proposal.ts";
import type { Question, Span } from "../../query/questions.ts";
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
 * @throws FirebreakError `bad-input` for a row that there is not, `no-engine`, `not-in-runbook`.
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
  const [first] = answers ?? [];
  const overview = signs.length > 0 ? (first ?? null) : null;
  const proposal = propose(row, overview);
  const where = { environment: inputs.environment, mcp: inputs.mcp, detectedAt: to };
  const command = declareCommand(runbook, row, proposal, where);
  const sql =
    answers === null
      ? asked.map((one) =>
          athenaSql(layout, one, span, [{ name: `live_${inputs.mcp}`, uri: liveFolder(target) }]),
        )
      : [];
  const text = triageMarkdown({ runbook, row, proposal, command, answers: answers ?? [], sql, target });
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

  /** Null when the records are too many for this machine. */
  async function askLive(): Promise<Answer[] | null> {
    const window = { from: baselineFrom, to };
    let bytes = 0;
    for await (const { size } of liveRecords(s3, target, window)) bytes += size;
    if (bytes > limit) return null;
    try {
      return await withEngine(resolve(deps.context.workspace, inputs.engine), async (engine, folder) => {
        const objects = liveRecords(s3, target, window);
        const read = await ingest({ s3, clock: deps.clock, log: deps.log }, engine, folder, layout, objects);
        const found: Answer[] = [];
        for (const question of asked) found.push(await answer(engine, folder, question, span, read));
        return found;
      });
    } catch (error) {
      if (error instanceof FirebreakError && error.reason === "too-large") return null;
      throw error;
    }
  }
}
