import { badInput, quoted } from "../../errors.ts";
import { NOTHING_TO_CONTAIN, VERDICTS, type Verdict } from "../../incident/entries.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ConfirmStepInputs extends CommonInputs {
  incident: number;
  /** When given, the incident has to be about it. */
  mcp: string | undefined;
  /** The step's id. */
  step: string;
  /** What was done and what came of it. */
  note: string;
  /** Who did it; whoever confirms when undefined. */
  doneBy: string | undefined;
  /** When it was done; now when undefined. */
  doneAt: Date | undefined;
  /** How it was found, for a step that asks for that. */
  verdict: Verdict | undefined;
}

export function readInputs(reader: InputReader): ConfirmStepInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    step: readStep(reader),
    note: reader.words("note", "Say in words what was done and what came of it."),
    doneBy: reader.line("done-by", 200),
    doneAt: reader.instant("done-at"),
    verdict:
      reader.optional("verdict", 40) === undefined
        ? undefined
        : reader.oneOf<Verdict>("verdict", [...VERDICTS, NOTHING_TO_CONTAIN]),
  };
}

function readStep(reader: InputReader): string {
  const name = "step";
  const value = reader.required(name, 121);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*(\/[a-z][a-z0-9]*(-[a-z0-9]+)*)?$/.test(value)) {
    throw badInput(
      name,
      `is not the id of a step: ${quoted(value)}`,
      "Give the id that the issue shows, for example disable-account.",
    );
  }
  return value;
}
