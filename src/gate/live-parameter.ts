import { GetParameterCommand, GetParameterHistoryCommand } from "@aws-sdk/client-ssm";
import { FirebreakError } from "../errors.ts";
import type { Aws } from "../ports.ts";

/** An SSM parameter's versions without their values. */
export interface LiveParameter {
  name: string;
  version: number;
  /** When the current version was written, by SSM's clock. */
  lastModified: Date;
  versions: { version: number; labels: string[] }[];
}

/**
 * Reads a parameter's versions and labels and keeps no value of it.
 *
 * Nothing is decrypted: the caller needs no right to the key.
 * @throws FirebreakError `parameter-missing`.
 */
export async function readParameter(ssm: Aws["ssm"], name: string): Promise<LiveParameter> {
  const current = await currentVersion(ssm, name);
  const versions: LiveParameter["versions"] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(
      new GetParameterHistoryCommand({ Name: name, WithDecryption: false, NextToken }),
    );
    for (const { Version, Labels } of page.Parameters ?? []) {
      if (Version !== undefined) versions.push({ version: Version, labels: Labels ?? [] });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  versions.sort((a, b) => a.version - b.version);
  return { name, ...current, versions };
}

/** The current version's number and date. @throws FirebreakError `parameter-missing`. */
export async function currentVersion(
  ssm: Aws["ssm"],
  name: string,
): Promise<{ version: number; lastModified: Date }> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: false }));
    if (Parameter?.Version === undefined) throw missing(name);
    return { version: Parameter.Version, lastModified: Parameter.LastModifiedDate ?? new Date(0) };
  } catch (error) {
    if (error instanceof Error && error.name === "ParameterNotFound") throw missing(name, error);
    throw error;
  }
}

/** When one version was written. @throws FirebreakError `parameter-missing`; SSM's own error for an unknown version. */
export async function versionWritten(ssm: Aws["ssm"], name: string, version: number): Promise<Date> {
  return (await currentVersion(ssm, `${name}:${version}`)).lastModified;
}

function missing(name: string, cause?: Error): FirebreakError {
  return new FirebreakError(
    "parameter-missing",
    `The SSM parameter ${name} does not exist.`,
    "Check naming.parameter and the environment's region in the runbook.",
    { cause },
  );
}
