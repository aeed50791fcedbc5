import type { CommonInputs, InputReader } from "../inputs.ts";

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): CommonInputs {
  return reader.common();
}
