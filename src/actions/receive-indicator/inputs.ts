import { badInput } from "../../errors.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ReceiveIndicatorInputs extends Omit<CommonInputs, "environment"> {
  /** Where the signal comes from: an alarm's payload, a report by an issue form, or what the schedule finds. */
  source: (typeof SOURCES)[number];
  /** The environment whose credentials are at hand; undefined when only the signal says which it is about. */
  environment: string | undefined;
}

const SOURCES = ["alarm", "report", "schedule"] as const;

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): ReceiveIndicatorInputs {
  const source = reader.oneOf("source", SOURCES);
  const environment = reader.optional("environment", 60);
  if (source === "schedule" && environment === undefined)
    throw badInput("environment", "is missing", "Give the environment that is to be looked after.");
  return {
    source,
    environment,
    runbook: reader.path("runbook") ?? "runbook.yml",
    githubToken: reader.required("github-token", 2000),
    dryRun: reader.boolean("dry-run"),
  };
}
