import { badInput } from "../errors.ts";
import { rootCauseProblem } from "../incident/root-cause.ts";
import type { InputReader } from "./inputs.ts";

const ASK = "Say in a sentence what caused the incident.";

/** The root cause, in the input of this name. @throws FirebreakError `bad-input` when it is missing, no plain text, or no sentence. */
export function readRootCause(reader: InputReader, name: string): string {
  const text = reader.words(name, ASK);
  const problem = rootCauseProblem(text);
  if (problem !== undefined) throw badInput(name, problem, ASK);
  return text;
}
