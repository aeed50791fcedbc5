import type { PlanStep } from "../../incident/plan.ts";
import type { ChangeAction, Json } from "../changes.ts";
import { type ChangeContext, failed } from "../context.ts";
import { progressOf } from "./progress.ts";
import type { Change, LiveView, StepContext } from "./step.ts";

/** One planned change with what carries it out. */
export interface Move {
  planned: PlanStep;
  change: Change;
}

export interface Moved {
  planned: PlanStep;
  outcome: Json;
  proof: Json;
}

/**
 * Carries out planned changes one after the other. Each is announced in the ledger before it is made, noted after, and
 * proved; the first that cannot be made or proved ends the play.
 *
 * Started again, it goes on from what ledger and live system say: what was noted as made is not made again, what was
 * only announced is looked for in the live system first, and what was proved is left alone.
 * @throws FirebreakError `drifted` when the live system is neither as planned from nor as planned to, or whatever the
 *   step throws; the message names what was done before and what was not reached.
 */
export async function runPlay(
  context: StepContext,
  action: ChangeAction,
  moves: readonly Move[],
): Promise<Moved[]> {
  const done: Moved[] = [];
  for (const [index, move] of moves.entries()) {
    try {
      done.push(await carryOut(context, action, move));
    } catch (error) {
      throw withPlace(error, moves, index);
    }
  }
  return done;
}

async function carryOut(
  context: StepContext,
  action: ChangeAction,
  { planned, change }: Move,
): Promise<Moved> {
  const { deps, record } = context;
  const { runId, runAttempt } = deps.context;
  const progress = progressOf(record.entries, runId, action, planned.id);
  if (progress.is === "verified") {
    const { at } = await change.position(viewOf(context), planned);
    if (at !== "to") throw drifted(planned, [`${planned.id} was made and proved, and is taken back`]);
    deps.log.info(`${planned.id}  made and proved by an earlier attempt of this run`);
    return { planned, outcome: progress.outcome, proof: progress.proof };
  }
  const outcome =
    progress.is === "made" ? progress.outcome : await make(context, action, { planned, change });
  const proof = await change.verify(context, planned, outcome);
  const { id: step, target } = planned;
  await record.append(
    "change-verified",
    { action, step, target, proof },
    `change-verified/${action}/${step}/${runId}/${runAttempt}`,
  );
  deps.log.info(`${planned.id}  proved: ${JSON.stringify(proof)}`);
  return { planned, outcome, proof };
}

async function make(context: StepContext, action: ChangeAction, { planned, change }: Move): Promise<Json> {
  const { deps, record } = context;
  const { id: step, target, from, to } = planned;
  const suffix = `${action}/${step}/${deps.context.runId}/${deps.context.runAttempt}`;
  const position = await change.position(viewOf(context), planned);
  if (position.at === "elsewhere") throw drifted(planned, position.drift);
  const remembered = await change.remember?.(context, planned);
  const intended = { action, step, target, from: { ...from, ...remembered }, to };
  await record.append("change-intended", intended, `change-intended/${suffix}`);
  if (position.at === "to") deps.log.info(`${step}  is there already`);
  const outcome = position.at === "to" ? position.outcome : await change.apply(context, planned);
  await record.append("change-made", { action, step, target, outcome }, `change-made/${suffix}`);
  return outcome;
}

/** What a step looks at while a play runs. */
export function viewOf({ deps, aws, record }: ChangeContext): LiveView {
  const { target, runbook, entries } = record;
  return { deps, aws, target, runbook, entries, identity: "containment" };
}

function drifted({ id, target }: PlanStep, drift: readonly string[]): Error {
  return failed(
    "drifted",
    [
      `${target} is neither as ${id} was planned from nor as it would leave it:`,
      ...drift.map((line) => `- ${line}`),
    ].join("\n"),
    "Find out who changed it (CloudTrail), then plan anew.",
  );
}

/** The step's own failure, with what was done before it and what was not reached. */
function withPlace(error: unknown, moves: readonly Move[], index: number): unknown {
  const name = ({ planned }: Move) => `${planned.id} (${planned.target})`;
  const before = moves.slice(0, index).map(name);
  const after = moves.slice(index + 1).map(name);
  const place = [
    before.length > 0 ? `Done and proved before it: ${before.join(", ")}.` : "Nothing was done before it.",
    after.length > 0 ? `Not reached: ${after.join(", ")}.` : "",
  ].filter((sentence) => sentence !== "");
  if (!(error instanceof Error)) return error;
  error.message = [`${error.message}`, ...place].join("\n");
  return error;
}
