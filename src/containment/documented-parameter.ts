import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { z } from "zod";
import { fingerprint, newSalt } from "../evidence/fingerprint.ts";
import { sourceOf } from "../evidence/manifest.ts";
import type { DocumentedParameter } from "../evidence/source-schema.ts";
import type { PlanStep } from "../incident/plan.ts";
import type { Aws, Log } from "../ports.ts";
import type { StepContext } from "./engine/step.ts";
import { formsOf } from "./redact.ts";

interface ReadsValues {
  aws: Pick<Aws, "ssm">;
  deps: { log: Pick<Log, "mask"> };
}

/** The compromised version of the parameter, and what tells whether another has the same value. */
export type Documented = Pick<DocumentedParameter, "name" | "version" | "fingerprint">;

/**
 * The version that stands in the capture by which the gate let this change through. Where the glass was broken there is
 * none: then it is the version that the plan begins with, which SSM still has.
 */
export async function documentedParameter(context: StepContext, { from }: PlanStep): Promise<Documented> {
  const { capture } = context.pass;
  if (capture) {
    const documented = sourceOf(capture.manifest, "ssm-parameter")?.parameter;
    if (!documented) throw new Error("the gate passed a capture without the parameter");
    return documented;
  }
  const name = context.record.target.parameter;
  const version = z.number().int().parse(from.parameterVersion);
  const value = await readValue(context, name, version);
  return { name, version, fingerprint: fingerprint(value, newSalt()) };
}

/** Reads one version's value and masks it at once, in all the forms in which output could show it. */
export async function readValue({ aws, deps }: ReadsValues, name: string, version: number): Promise<string> {
  const answer = await aws.ssm.send(
    new GetParameterCommand({ Name: `${name}:${version}`, WithDecryption: true }),
  );
  const value = answer.Parameter?.Value ?? "";
  maskSecret(deps.log, value);
  return value;
}

/** Hides a secret in all the forms in which output could show it. */
export function maskSecret(log: Pick<Log, "mask">, secret: string): void {
  for (const form of formsOf(secret)) log.mask(form);
}
