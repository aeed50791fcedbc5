import { badInput } from "../../errors.ts";
import { placeName, readPlace } from "../../intake/desk.ts";
import { nameIncident } from "../../intake/named-by-person.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { resolveTarget } from "../../runbook/target.ts";
import type { ReceiveIndicatorInputs } from "./inputs.ts";

/** A person says which incident a signal belongs to whose own run has declared nothing. @throws FirebreakError `bad-input`. */
export async function takeWord(
  { environment = "", named, dryRun }: ReceiveIndicatorInputs,
  deps: ActionDeps,
  runbook: Runbook,
): Promise<Outputs> {
  if (!named) throw badInput("signal", "is missing", "Give mcp, signal and incident.");
  const { mcp, incident } = named;
  resolveTarget(runbook, environment, mcp);
  const place = readPlace({ environment, mcp }, named.signal);
  if (!place)
    throw badInput(
      "signal",
      "is no signal's place",
      "Give it as the schedule has printed it: docs/intake.md.",
    );
  const said = `${placeName(place)} of ${mcp} belongs to INC-${incident}`;
  if (dryRun) deps.log.info(`Dry run: would say that ${said}.`);
  else {
    await nameIncident(deps, runbook, place, incident);
    deps.log.info(`${said}.`);
    await deps.summary(`## ${said}\n`);
  }
  return { environment, mcp, outcome: "joined", signal: placeName(place), incident: String(incident) };
}
