import { resolve } from "node:path";
import { FirebreakError } from "../../errors.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { type Answer, answer } from "../../query/answer.ts";
import { toQuestion } from "../../query/ask-inputs.ts";
import { athenaSql } from "../../query/athena.ts";
import { preservedRecords } from "../../query/captures.ts";
import { type HandOver, handOverMarkdown, handOverReason, tooLarge } from "../../query/hand-over.ts";
import { ingest } from "../../query/ingest.ts";
import { keepTables } from "../../query/keep.ts";
import type { Span } from "../../query/questions.ts";
import { recordAnswer } from "../../query/record-answer.ts";
import { answerMarkdown, questionInWords } from "../../query/report.ts";
import { layoutOf, withEngine } from "../../query/workspace.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { QueryInputs } from "./inputs.ts";

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;

/**
 * Asks an incident's preserved audit records a question, never the live bucket's. Every object is verified against its
 * manifest, and the manifest against the ledger, before a record of it is read. The answer goes into the issue, and
 * with all its rows into a supplementary capture. What is larger than the runbook says is handed to Athena as SQL; so is
 * the question when the engine is not there, and then the step fails.
 * @throws FirebreakError `no-capture`, `evidence-altered`, `no-engine`, `not-in-runbook`, `bad-input`.
 */
export async function run(inputs: QueryInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const layout = layoutOf(runbook);
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const value =
    inputs.value ?? (inputs.question === "user" ? (record.facts.principal ?? undefined) : undefined);
  const question = toQuestion(inputs.question, value);
  const preserved = await preservedRecords(record, inputs.capture);
  const names = preserved.captures.map(({ capture }) => capture);
  const span = spanOf(preserved.captures, inputs.hours, layout.settings.baseline_days);
  const limit = layout.settings.local_up_to_gigabytes * GIB;

  if (inputs.dryRun) {
    const would = `Would ask ${record.id}'s capture ${names.join(", ")} (${preserved.bytes} bytes of audit records) for`;
    await deps.summary(`## Query audit logs: dry run\n\n${would} ${questionInWords(question)}.\n`);
    deps.log.info(`${would} ${question.kind}, ${preserved.bytes > limit ? "by Athena" : "on this machine"}.`);
    return {};
  }

  const result = await askHere();
  const comment = `query/${deps.context.runId}`;
  const asked = { question, span, captures: names };
  try {
    if (result instanceof FirebreakError) {
      const sql = athenaSql(layout, question, kept(span, preserved.captures), preserved.folders);
      const overwritten = preserved.overwritten.length;
      const words = questionInWords(question);
      const text = handOverMarkdown(result, words, sql, { sealed: true, overwritten });
      await recordAnswer(record, `${comment}/athena`, { ...asked, answer: null, handedOver: result.reason });
      await record.comment(`${comment}/athena`, text);
      await deps.summary(`## Query audit logs: not answered here\n\n${text}\n`);
      deps.log.info(sql);
      if (result.reason === "no-engine") throw result;
      return { engine: "athena", "kept-in": "" };
    }
    const { found, text, keptIn } = result;
    await recordAnswer(record, comment, { ...asked, answer: found, keptIn });
    await record.comment(comment, `**Audit records of capture ${names.join(", ")}**\n\n${text}`);
    await deps.summary(`## Query audit logs\n\n${text}\n`);
    return outputsOf(found, keptIn);
  } finally {
    await record.project();
  }

  /** The answer, or why Athena has to give it. */
  async function askHere(): Promise<
    { found: Answer; text: string; keptIn: string } | (FirebreakError & { reason: HandOver })
  > {
    try {
      if (preserved.bytes > limit) throw tooLarge();
      return await withEngine(resolve(deps.context.workspace, inputs.engine), async (engine, folder) => {
        const reading = { s3: record.vault.s3, clock: deps.clock, log: deps.log };
        const read = await ingest(reading, engine, folder, layout, preserved.objects, preserved.overwritten);
        const whole = { ...read, gaps: [...preserved.gaps, ...read.gaps] };
        const found = await answer(engine, folder, question, span, whole);
        const kept = await keepTables(deps, record, preserved.captures, found);
        return { found, text: `${answerMarkdown(found)}\n\n${kept.words}`, keptIn: kept.capture };
      });
    } catch (error) {
      return handOverReason(error);
    }
  }
}

/** Athena is not asked first where the records begin: before the captures' window there is no baseline. */
function kept(span: Span, captures: readonly { manifest: { window: { from: string } } }[]): Span {
  const begins = Math.min(...captures.map(({ manifest }) => Date.parse(manifest.window.from)));
  const baselineFrom = Math.min(Math.max(span.baselineFrom.getTime(), begins), span.from.getTime());
  return { ...span, baselineFrom: new Date(baselineFrom) };
}

/** The last `hours` of what the captures were made for. */
function spanOf(
  captures: readonly { manifest: { window: { from: string; to: string } } }[],
  hours: number,
  baselineDays: number,
): Span {
  const to = Math.max(...captures.map(({ manifest }) => Date.parse(manifest.window.to)));
  const from = to - hours * HOUR_MS;
  return {
    from: new Date(from),
    to: new Date(to),
    baselineFrom: new Date(from - baselineDays * 24 * HOUR_MS),
  };
}

function outputsOf({ tables, read }: Answer, keptIn: string): Outputs {
  return {
    engine: "local",
    records: String(read.records),
    flagged: String(tables.reduce((sum, { flagged }) => sum + (flagged ?? 0), 0)),
    "kept-in": keptIn,
  };
}
