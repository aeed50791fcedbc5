import { badInput, quoted } from "../../errors.ts";
import { CAPTURE_SOURCES, type CaptureSource } from "../../runbook/evidence-schema.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface PreserveInputs extends CommonInputs {
  incident: number;
  /** When given, the incident has to be about it. */
  mcp: string | undefined;
  /** Undefined: those that the runbook collects by default. */
  sources: CaptureSource[] | undefined;
  /** Files that somebody has delivered; given, nothing else is collected. */
  attach: string[] | undefined;
  attachNote: string | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): PreserveInputs {
  const sources = readSources(reader.line("sources", 500));
  const attach = readPlaces(reader);
  if (attach && (sources ?? ["entra-sign-in"]).some((source) => source !== "entra-sign-in")) {
    throw badInput("attach", "goes with no sources but entra-sign-in", "Leave sources empty.");
  }
  const attachNote = reader.line("attach-note", 500);
  if (attachNote !== undefined && !attach) {
    throw badInput("attach-note", "is given without attach", "Name in attach what the note is about.");
  }
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    sources,
    attach,
    attachNote,
  };
}

/** One place a line; S3 URIs may also stand side by side. Blanks are a mistake: without places everything is collected. */
function readPlaces(reader: InputReader): string[] | undefined {
  if (reader.given("attach") && reader.optional("attach") === undefined) {
    throw badInput("attach", "holds blanks and no place", "Name a file, or leave it empty.");
  }
  const lines = reader.optional("attach", 20_000)?.split(/\r?\n|\s+(?=s3:\/\/)/);
  const places = lines?.map((line) => line.trim()).filter((line) => line !== "");
  if (places?.some((place) => /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(place))) {
    throw badInput(
      "attach",
      "holds a control character or an invisible character",
      "Write each place as plain text.",
    );
  }
  if (places && places.length > 100)
    throw badInput("attach", "names more than 100 places", "Name a folder in S3.");
  return places;
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
