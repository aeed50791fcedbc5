import { GetParameterHistoryCommand, type ParameterHistory } from "@aws-sdk/client-ssm";
import { FirebreakError } from "../errors.ts";
import type { Aws } from "../ports.ts";

/** How one version is kept: a new one is to be kept alike. Nothing is decrypted. */
export async function settingsOf(
  ssm: Aws["ssm"],
  name: string,
  version: number,
): Promise<Omit<ParameterHistory, "Value">> {
  let NextToken: string | undefined;
  do {
    const command = new GetParameterHistoryCommand({ Name: name, WithDecryption: false, NextToken });
    const page = await ssm.send(command);
    const found = page.Parameters?.find(({ Version }) => Version === version);
    if (found) return found;
    NextToken = page.NextToken;
  } while (NextToken);
  throw new Error(`${name} has no version ${version}`);
}

/** Whoever may read parameters could read what is written to it. */
export function notSecure(name: string, type: string | undefined): FirebreakError {
  return new FirebreakError(
    "parameter-not-secure",
    `The SSM parameter ${name} is of type ${type ?? "unknown"}: whoever may read parameters could read the new secret.`,
    "Make it a SecureString (a new parameter under its name), then contain again.",
  );
}
