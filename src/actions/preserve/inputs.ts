import { badInput, quoted } from "../../errors.ts";
import { CAPTURE_SOURCES, type CaptureSource } from "../../runbook/schema.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface PreserveInputs extends CommonInputs {
  incident: number;
  /** When given, the incident has to be about it. */
  mcp: string | undefined;
  /** Undefined: those that the runbook collects by default. */
  sources: CaptureSource[] | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): PreserveInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    sources: readSources(reader.line("sources", 500)),
  };
}

function readSources(list: string | undefined): CaptureSource[] | undefined {
  if (list === undefined) return undefined;
  const names = list.split(",").map((name) => name.trim());
  const sources = names.map((name) => CAPTURE_SOURCES.find((source) => source === name));
  const unknown = names.find((_name, index) => sources[index] === undefined);
  if (unknown !== undefined) {
    const known = CAPTURE_SOURCES.join(", ");
    throw badInput(
      "sources",
      `names an unknown source: ${quoted(unknown)}`,
      `Give some of ${known}, separated by commas.`,
    );
  }
  return [...new Set(sources.filter((source) => source !== undefined))];
}
