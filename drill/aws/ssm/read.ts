/** The operations that read parameters. */
import { z } from "zod";
import { AwsError, notImplemented } from "../errors.ts";
import { decodeToken, encodeToken, readInput } from "../input.ts";
import type { CallContext, JsonOperation } from "../service.ts";
import type { Parameter, ParameterVersion } from "./parameter.ts";
import { cipherText, type ParameterStore, type Selected } from "./store.ts";

export const name = z.string().min(1).max(2048);
const pageSize = z.int().min(1).max(50).optional();

const GetInput = z.strictObject({ Name: name, WithDecryption: z.boolean().optional() });

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export function getParameter(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(GetInput, raw, "ValidationException", "GetParameter");
    context.log(input.Name);
    return { Parameter: describeSelected(store.select(input.Name), input.WithDecryption, context) };
  };
}

const GetManyInput = z.strictObject({
  Names: z.array(name).min(1).max(10),
  WithDecryption: z.boolean().optional(),
});

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
export function getParameters(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(GetManyInput, raw, "ValidationException", "GetParameters");
    context.log(input.Names.join(" "));
    const parameters: object[] = [];
    const invalid: string[] = [];
    for (const selector of new Set(input.Names)) {
      if (store.resolveForTask(selector) === null) invalid.push(selector);
      else parameters.push(describeSelected(store.select(selector), input.WithDecryption, context));
    }
    return { Parameters: parameters, InvalidParameters: invalid };
  };
}

const HistoryInput = z.strictObject({
  Name: name,
  WithDecryption: z.boolean().optional(),
  MaxResults: pageSize,
  NextToken: z.string().optional(),
});

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html */
export function getParameterHistory(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(HistoryInput, raw, "ValidationException", "GetParameterHistory");
    context.log(input.Name);
    const parameter = store.get(input.Name);
    const after = tokenNumber(input.NextToken);
    const rest = parameter.versions.filter(({ version }) => version > after);
    const page = rest.slice(0, input.MaxResults ?? 50);
    return {
      Parameters: page.map((version) => ({
        ...describeVersion(parameter, version),
        Value: shownValue(parameter, version, input.WithDecryption),
        Labels: [...version.labels],
      })),
      ...(page.length < rest.length ? { NextToken: encodeToken([page.at(-1)?.version ?? 0]) } : {}),
    };
  };
}

const DescribeInput = z.strictObject({
  ParameterFilters: z
    .array(
      z.strictObject({
        Key: z.string().regex(/^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/),
        Option: z.string().min(1).max(10).optional(),
        Values: z.array(z.string().min(1).max(1024)).min(1).max(50).optional(),
      }),
    )
    .optional(),
  MaxResults: pageSize,
  NextToken: z.string().optional(),
});

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
export function describeParameters(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(DescribeInput, raw, "ValidationException", "DescribeParameters");
    const filters = input.ParameterFilters ?? [];
    context.log(filters.flatMap(({ Values }) => Values ?? []).join(" ") || "*");
    const tests = filters.map(nameFilter);
    const found = store.all().filter((parameter) => tests.every((test) => test(parameter)));
    const start = tokenNumber(input.NextToken);
    const page = found.slice(start, start + (input.MaxResults ?? 50));
    const next = start + page.length;
    return {
      Parameters: page.map((parameter) => ({
        ...describeVersion(parameter, parameter.latest),
        ARN: arn(parameter.name, context),
      })),
      ...(next < found.length ? { NextToken: encodeToken([next]) } : {}),
    };
  };
}

type Filter = NonNullable<z.output<typeof DescribeInput>["ParameterFilters"]>[number];

/** Only `Name` with `Equals`, `BeginsWith` or `Contains` is simulated. */
function nameFilter({ Key, Option = "Equals", Values = [] }: Filter): (parameter: Parameter) => boolean {
  if (Key !== "Name") throw notImplemented(`the parameter filter ${Key}`);
  switch (Option) {
    case "Equals":
      return (parameter) => Values.includes(parameter.name);
    case "BeginsWith":
      return (parameter) => Values.some((value) => parameter.name.startsWith(value));
    case "Contains":
      return (parameter) => Values.some((value) => parameter.name.includes(value));
    default:
      throw new AwsError(
        "InvalidFilterOption",
        `The following filter option is not valid: ${Option}. Valid options include: [BeginsWith, Equals, Contains].`,
      );
  }
}

function describeSelected(
  { parameter, version, selector }: Selected,
  decrypt: boolean | undefined,
  context: CallContext,
): object {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: shownValue(parameter, version, decrypt),
    Version: version.version,
    ...(selector === null ? {} : { Selector: selector }),
    LastModifiedDate: version.modifiedAt / 1000,
    ARN: arn(parameter.name, context),
    DataType: "text",
  };
}

function describeVersion(parameter: Parameter, version: ParameterVersion): object {
  return {
    Name: parameter.name,
    Type: version.type,
    ...(version.keyId === null ? {} : { KeyId: version.keyId }),
    LastModifiedDate: version.modifiedAt / 1000,
    LastModifiedUser: version.modifiedBy,
    ...(version.description === null ? {} : { Description: version.description }),
    ...(version.allowedPattern === null ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: "Standard",
    Policies: [],
    DataType: "text",
  };
}

function shownValue(parameter: Parameter, version: ParameterVersion, decrypt = false): string {
  if (version.type !== "SecureString" || decrypt) return version.value;
  return cipherText(parameter.name, version);
}

function arn(parameterName: string, { region, accountId }: CallContext): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter/${parameterName.replace(/^\//, "")}`;
}

function tokenNumber(token: string | undefined): number {
  if (token === undefined) return 0;
  const part = decodeToken(token)?.[0];
  if (typeof part !== "number") throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  return part;
}
