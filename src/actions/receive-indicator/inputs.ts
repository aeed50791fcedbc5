import { badInput } from "../../errors.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ReceiveIndicatorInputs extends Omit<CommonInputs, "environment"> {
  /** An alarm's payload, a report by an issue form, what the schedule finds, or a person's word about a signal. */
  source: (typeof SOURCES)[number];
  /** The environment whose credentials are at hand; undefined when only the signal says which it is about. */
  environment: string | undefined;
  /** Of `person`: the signal's mcp and place, and the incident that it belongs to. */
  named: { mcp: string; signal: string; incident: number } | undefined;
}

const SOURCES = ["alarm", "report", "schedule", "person"] as const;

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): ReceiveIndicatorInputs {
  const source = reader.oneOf("source", SOURCES);
  const environment = reader.optional("environment", 60);
  if ((source === "schedule" || source === "person") && environment === undefined)
    throw badInput("environment", "is missing", "Give the environment that is to be looked after.");
  return {
    source,
    environment,
    named:
      source === "person"
        ? {
            mcp: reader.required("mcp", 100),
            signal: reader.required("signal", 200),
            incident: reader.incident(),
          }
        : undefined,
    runbook: reader.path("runbook") ?? "runbook.yml",
    githubToken: reader.required("github-token", 2000),
    dryRun: reader.boolean("dry-run"),
  };
}
