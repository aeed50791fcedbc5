import type { CommonInputs, InputReader } from "../inputs.ts";

export interface AcknowledgeInputs extends CommonInputs {
  incident: number;
  /** What whoever takes it has to say. */
  note: string | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): AcknowledgeInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    note:
      reader.optional("note") === undefined
        ? undefined
        : reader.words("note", "Say in words what you are about to do, or leave it out."),
  };
}
