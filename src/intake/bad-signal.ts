import { FirebreakError } from "../errors.ts";

/** What arrived is not what it should be: where in it, what is wrong. Nothing has been declared. */
export function badSignal(where: string, problem: string, remedy: string): FirebreakError {
  return new FirebreakError("bad-signal", `${where} ${problem}. Nothing is declared.`, remedy);
}
