import { resolve } from "node:path";
import { badInput, quoted } from "../../errors.ts";
import { alarmSignal } from "../../intake/alarm-signal.ts";
import { receive } from "../../intake/receive.ts";
import type { Signal } from "../../intake/signal.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { resolveTarget } from "../../runbook/target.ts";
import { readEvent } from "./event.ts";
import type { ReceiveIndicatorInputs } from "./inputs.ts";
import { receiveReport } from "./report.ts";
import { lookAround } from "./schedule.ts";
import { takeWord } from "./take-word.ts";
import { outputsOf, summaryOf } from "./words.ts";

/**
 * Takes in what a machine or a person has seen, and has an incident declared for it, or lets it join the one that is
 * open and has evidence preserved anew. Contains nothing and preserves nothing itself: the runs that it starts do, and wait
 * for a person before they contain.
 *
 * A dry run reads the signal and says which environment it is about, and makes no changing call: the workflow's first
 * step, since nothing else says whose credentials are needed.
 * @throws FirebreakError before anything is written for a signal that is not as it should be.
 */
export async function run(inputs: ReceiveIndicatorInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  if (inputs.source === "schedule") return lookAround(inputs, deps, runbook);
  if (inputs.source === "person") return takeWord(inputs, deps, runbook);
  const event = await readEvent(deps.context);
  if (inputs.source === "report") return receiveReport(inputs, deps, runbook, event);
  const reading = alarmSignal(runbook, event.client_payload, deps.clock);
  if (!reading.signal) {
    deps.log.info(reading.why);
    await deps.summary(`## Nothing is declared\n\n${reading.why}\n`);
    return { declares: "false", outcome: "nothing" };
  }
  return takeIn(inputs, deps, runbook, reading.signal);
}

/** Declares by a signal, or joins; a dry run says what it is. */
export async function takeIn(
  inputs: ReceiveIndicatorInputs,
  deps: ActionDeps,
  runbook: Runbook,
  signal: Signal,
): Promise<Outputs> {
  const target = resolveTarget(runbook, signal.environment, signal.mcp);
  if (inputs.environment !== undefined && inputs.environment !== signal.environment)
    throw badInput(
      "environment",
      `is not the one that the signal is about, which is ${signal.environment}: ${quoted(inputs.environment)}`,
      "Leave it out, and take the credentials of the environment that a dry run puts out.",
    );
  const about = {
    declares: "true",
    environment: signal.environment,
    mcp: signal.mcp,
    region: target.region,
    "evidence-role": target.evidenceRole,
  };
  if (inputs.dryRun) {
    deps.log.info(
      `Dry run: would take in ${signal.indicator} of ${signal.mcp} (${signal.environment}), seen ${signal.seenAt}; proposed ${signal.proposed.severity}, ${signal.proposed.type}.`,
    );
    return about;
  }
  const reception = await receive(deps, runbook, signal);
  const summary = summaryOf(signal, reception);
  deps.log.info(summary.plain);
  await deps.summary(summary.markdown);
  return { ...about, ...outputsOf(reception) };
}
