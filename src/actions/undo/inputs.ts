import type { CommonInputs, InputReader } from "../inputs.ts";

export interface UndoInputs extends CommonInputs {
  incident: number;
  /** The declared one when undefined. */
  mcp?: string | undefined;
  /** Why what was changed may be taken back. */
  reason: string;
  captureJob: string;
}

/** @throws FirebreakError `bad-input` when it is missing or no plain text. */
export function readUndoReason(reader: InputReader): string {
  return reader.words("reason", "Say in words why what was changed may be taken back.");
}

export function readInputs(reader: InputReader): UndoInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    reason: readUndoReason(reader),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
