import type { GatePass } from "../gate/gate.ts";
import { preserveCommand } from "../incident/commands.ts";
import { type ChangeContext, failed } from "./context.ts";

/**
 * Right before tasks end: nothing runs by now that no sealed capture covers. A change that came in between may have
 * taken minutes, in which tasks start.
 * @param soFar what has been changed by now, and what that leaves. @param goOn how to go on after preserving again.
 * @throws FirebreakError with the gate's reason; no task has been ended then.
 */
export async function requireCovered(
  { record }: ChangeContext,
  pass: Pick<GatePass, "uncovered">,
  soFar: string,
  goOn: string,
): Promise<void> {
  const refusals = await pass.uncovered();
  const [first] = refusals;
  if (!first) return;
  throw failed(
    first.reason,
    [`No task was ended: the evidence does not cover what runs by now. ${soFar}`]
      .concat(refusals.map(({ reason, message }) => `[${reason}] ${message}`))
      .join("\n"),
    [`Preserve again: ${preserveCommand(record)}`, goOn]
      .concat([...new Set(refusals.map(({ remedy }) => remedy))])
      .join("\n"),
  );
}
