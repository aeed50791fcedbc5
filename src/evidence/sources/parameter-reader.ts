import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  type ParameterHistory,
  type ParameterMetadata,
} from "@aws-sdk/client-ssm";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";
import { patiently } from "../patience.ts";

const TRIES = 5;

/** The parameter's current version with its value, masked already. The value is never stored and never logged. */
export interface CurrentParameter {
  metadata: ParameterMetadata;
  version: number;
  value: string;
}

/** Reads metadata and value of one and the same version. @throws Error when there is no such parameter. */
export async function readCurrent(context: SourceContext): Promise<CurrentParameter> {
  const { parameter: Name } = context.target;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { Parameter } = await patiently(context.clock, () =>
      context.aws.ssm.send(new GetParameterCommand({ Name, WithDecryption: true })),
    );
    const value = Parameter?.Value ?? "";
    context.log.mask(value);
    for (const line of value.split(/\r?\n/)) context.log.mask(line.trim());
    const metadata = await describe(context, Name);
    if (Parameter?.Version !== undefined && metadata?.Version === Parameter.Version) {
      return { metadata, version: Parameter.Version, value };
    }
  }
  throw new Error(`the parameter ${Name} changed while it was being read`);
}

/** Every version's metadata, oldest first, without values. */
export async function readHistory(context: SourceContext): Promise<Omit<ParameterHistory, "Value">[]> {
  const { parameter: Name } = context.target;
  const versions: Omit<ParameterHistory, "Value">[] = [];
  const history = pages(
    context.clock,
    (token) =>
      context.aws.ssm.send(
        new GetParameterHistoryCommand({
          Name,
          WithDecryption: false,
          ...(token ? { NextToken: token } : {}),
        }),
      ),
    ({ NextToken }) => NextToken,
  );
  for await (const { Parameters } of history) {
    for (const { Value: _value, ...metadata } of Parameters ?? []) versions.push(metadata);
  }
  return versions;
}

async function describe(context: SourceContext, name: string): Promise<ParameterMetadata | undefined> {
  const described = pages(
    context.clock,
    (token) =>
      context.aws.ssm.send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [name] }],
          ...(token ? { NextToken: token } : {}),
        }),
      ),
    ({ NextToken }) => NextToken,
  );
  for await (const { Parameters } of described) {
    const found = Parameters?.find(({ Name }) => Name === name);
    if (found) return found;
  }
  return undefined;
}
