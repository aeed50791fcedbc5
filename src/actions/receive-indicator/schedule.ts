import { describeError, FirebreakError } from "../../errors.ts";
import { placeName } from "../../intake/desk.ts";
import { takeUp } from "../../intake/left-lying.ts";
import { receive } from "../../intake/receive.ts";
import { pollAlerts } from "../../intake/scanning.ts";
import { secretReader } from "../../intake/secret-reader.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { ReceiveIndicatorInputs } from "./inputs.ts";
import { lookAfterLostRuns, lookAfterWaitingReports } from "./unheard.ts";
import { sentence, summaryOf } from "./words.ts";

/** What one look has come to. */
export interface Look {
  lines: string[];
  problems: string[];
}

/**
 * What nothing else starts: signals that a killed job left lying; and in the default environment intakes that failed,
 * reports that wait for somebody, and the alerts of GitHub's scanners. What goes wrong with one of them stops no other.
 * @throws FirebreakError `intake-stuck` when a signal has got no incident in spite of everything, or something could not be
 *   looked after; all others are taken in before.
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
  const look: Look = { lines: [], problems: [] };
  const also = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      look.problems.push(`${what}: ${describeError(error)}`);
    }
  };
  let takenUp = 0;
  let taken = 0;
  await also("Signals that were left lying", async () => {
    takenUp = await lookAfterLying(deps, runbook, environment, look);
  });
  if (environment === runbook.intake?.default_environment) {
    await also("Alerts", async () => {
      taken = await takeInAlerts(deps, runbook, environment, look);
    });
    await also("Intakes that failed", () => lookAfterLostRuns(deps, runbook, look));
    await also("Reports that wait", () => lookAfterWaitingReports(deps, runbook));
  }
  for (const line of look.lines) deps.log.info(line);
  if (look.lines.length === 0) deps.log.info(`Nothing new in ${environment}.`);
  const outputs = { environment, taken: String(taken), "taken-up": String(takenUp) };
  if (look.problems.length === 0) return outputs;
  throw new FirebreakError("intake-stuck", look.problems.join("\n"), "See each line above.", { outputs });
}

async function lookAfterLying(
  deps: ActionDeps,
  runbook: Runbook,
  environment: string,
  { lines, problems }: Look,
): Promise<number> {
  const lying = await takeUp(deps, runbook, environment);
  problems.push(...lying.problems);
  lines.push(...lying.dispatched.map((place) => `${placeName(place)} of ${place.mcp} got a run once more.`));
  lines.push(...lying.joined.map((incident) => `INC-${incident} was joined by what had waited for it.`));
  return lying.dispatched.length;
}

async function takeInAlerts(
  deps: ActionDeps,
  runbook: Runbook,
  environment: string,
  { lines, problems }: Look,
): Promise<number> {
  const reader = () => secretReader(deps, runbook, environment);
  const polled = await pollAlerts({ ...deps, secretReader: reader }, runbook);
  for (const message of polled.skipped) deps.log.warning(message);
  problems.push(...polled.problems);
  let taken = 0;
  for (const signal of polled.signals) {
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
  return taken;
}
