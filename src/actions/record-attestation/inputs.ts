import { badInput, quoted } from "../../errors.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RecordAttestationInputs extends CommonInputs {
  incident: number;
  /** The declared one when undefined. */
  mcp: string | undefined;
  capture: string;
  manifestSha256: string;
  /** Where the attestation is shown; undefined when none could be made. */
  url: string | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): RecordAttestationInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    capture: shaped(
      reader.required("capture", 100),
      "capture",
      /^\d+([-_]\d+)*$/,
      "Give the output 'capture' of preserve.",
    ),
    manifestSha256: shaped(
      reader.required("manifest-sha256", 100),
      "manifest-sha256",
      /^[0-9a-f]{64}$/,
      "Give the output 'manifest-sha256' of preserve.",
    ),
    url: readUrl(reader.optional("url", 2000)),
  };
}

function shaped(value: string, name: string, shape: RegExp, remedy: string): string {
  if (shape.test(value)) return value;
  throw badInput(name, `is not what preserve gives: ${quoted(value)}`, remedy);
}

function readUrl(value: string | undefined): string | undefined {
  if (value === undefined || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) return value;
  throw badInput(
    "url",
    `is not a web address: ${quoted(value)}`,
    "Give the output 'attestation-url' of actions/attest.",
  );
}
