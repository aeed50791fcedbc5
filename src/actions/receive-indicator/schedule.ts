import { describeError, FirebreakError } from "../../errors.ts";
import { placeName } from "../../intake/desk.ts";
import { takeUp } from "../../intake/left-lying.ts";
import { receive } from "../../intake/receive.ts";
import { pollAlerts } from "../../intake/scanning.ts";
import { secretReader } from "../../intake/secret-reader.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { ReceiveIndicatorInputs } from "./inputs.ts";
import { sentence, summaryOf } from "./words.ts";

/**
 * What nothing else starts: signals that a killed job left lying, and the alerts of GitHub's scanners.
 * @throws FirebreakError `intake-stuck` when a run claimed a signal and declared nothing, or a signal could not be taken
 *   in; all others are taken in before.
 */
export async function lookAround(
  inputs: ReceiveIndicatorInputs,
  deps: ActionDeps,
  runbook: Runbook,
): Promise<Outputs> {
  const environment = inputs.environment ?? "";
  if (inputs.dryRun) {
    deps.log.info(`Dry run: would look for signals left lying in ${environment}, and for new alerts.`);
    return { environment };
  }
  const lying = await takeUp(deps, runbook, environment);
  const problems = lying.stuck.map(
    ({ place, runId }) =>
      `The run ${runId} was to declare ${placeName(place)} of ${place.mcp} and has not: gh run rerun ${runId} --failed`,
  );
  const lines = [
    ...lying.dispatched.map((place) => `${placeName(place)} of ${place.mcp} got a run once more.`),
    ...lying.joined.map((incident) => `INC-${incident} was joined by what had waited for it.`),
  ];
  let taken = 0;
  if (environment === runbook.intake?.default_environment) {
    const reader = await secretReader(deps, runbook, environment);
    const { signals, skipped } = await pollAlerts({ ...deps, secretReader: reader }, runbook);
    for (const message of skipped) deps.log.warning(message);
    for (const signal of signals) {
      try {
        const reception = await receive(deps, runbook, signal);
        if (reception.again) continue;
        taken += 1;
        lines.push(sentence(signal, reception));
        await deps.summary(summaryOf(signal, reception).markdown);
      } catch (error) {
        problems.push(`${signal.indicator} of ${signal.mcp}: ${describeError(error)}`);
      }
    }
  }
  for (const line of lines) deps.log.info(line);
  if (lines.length === 0) deps.log.info(`Nothing new in ${environment}.`);
  const outputs = { environment, taken: String(taken), "taken-up": String(lying.dispatched.length) };
  if (problems.length === 0) return outputs;
  throw new FirebreakError("intake-stuck", problems.join("\n"), "See each line above.", { outputs });
}
