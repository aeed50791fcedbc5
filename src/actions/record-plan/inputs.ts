import { badInput } from "../../errors.ts";
import { reasonProblem } from "../../gate/break-glass.ts";
import type { Plan } from "../../incident/plan.ts";
import type { Revocation } from "../../runbook/schema.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";
import { readMcps } from "../mcp-list.ts";
import { readRootCause } from "../root-cause.ts";
import { readUndoReason } from "../undo/inputs.ts";

export interface RecordPlanInputs extends CommonInputs {
  incident: number;
  /** The incident has to be about all of them; the declared one when undefined. */
  mcps: string[] | undefined;
  /** Present where mcps that the incident is not about yet become part of it: why, in a line. */
  join: { reason: string | null } | undefined;
  change: Plan["change"];
  /** Whom the incident is about, where a signal declared it and did not say it. */
  principal?: string | undefined;
  /** What is taken from a role; the runbook says it when undefined. */
  revoke: Revocation | undefined;
  /** The client secret to remove; found by its first characters and its date when undefined. */
  credentialKeyId: string | undefined;
  /** Shown to whoever reviews a restore. */
  rootCause: string | undefined;
  /** Shown to whoever reviews a way back. */
  reason?: string | undefined;
  /** Why the incident has to be contained without its evidence; undefined where it need not. */
  breakGlass: { reason: string } | undefined;
}

export function readInputs(reader: InputReader): RecordPlanInputs {
  const change = reader.oneOf("change", ["contain", "restore", "undo"]);
  const mcps = readMcps(reader, "mcp");
  const breakGlass = readReason(reader);
  if (breakGlass && mcps && mcps.length > 1)
    throw badInput("mcp", "names several", "The glass is broken for one mcp at a time.");
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcps,
    join: readJoin(reader, change),
    change,
    principal: reader.line("principal", 256),
    revoke: reader.revocation(),
    credentialKeyId: reader.guid("credential-key-id"),
    rootCause: reader.given("root-cause") ? readRootCause(reader, "root-cause") : undefined,
    reason: reader.given("reason") ? readUndoReason(reader) : undefined,
    breakGlass,
  };
}

function readJoin(reader: InputReader, change: Plan["change"]): RecordPlanInputs["join"] {
  const reason = reader.line("join-reason", 300) ?? null;
  if (!reader.boolean("join")) return undefined;
  if (change !== "contain") throw badInput("join", `goes with no ${change}`, "An mcp joins to be contained.");
  return { reason };
}

function readReason(reader: InputReader): RecordPlanInputs["breakGlass"] {
  const name = "break-glass";
  if (reader.optional(name) === undefined) return undefined;
  const ask = "Say in words why the evidence cannot be had and nobody can wait for it.";
  const reason = reader.words(name, ask);
  const problem = reasonProblem(reason);
  if (problem !== undefined) throw badInput(name, problem, ask);
  return { reason };
}
