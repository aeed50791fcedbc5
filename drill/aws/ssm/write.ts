/** The operations that write parameters and their labels. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { JsonOperation } from "../service.ts";
import type { Parameter, ParameterType, ParameterVersion } from "./parameter.ts";
import { name } from "./read.ts";
import { DEFAULT_KEY, type ParameterStore, versionNotFound } from "./store.ts";

/** A standard parameter holds up to 4 KB. */
const VALUE_BYTES = 4_096;

const PutInput = z.strictObject({
  Name: name,
  Description: z.string().max(1024).optional(),
  Value: z.string(),
  Type: z.enum(["String", "StringList", "SecureString"]).optional(),
  KeyId: z
    .string()
    .min(1)
    .max(256)
    .regex(/^([a-zA-Z0-9:/_-]+)$/)
    .optional(),
  Overwrite: z.boolean().optional(),
  AllowedPattern: z.string().max(1024).optional(),
  Tier: z.literal("Standard").optional(),
  DataType: z.literal("text").optional(),
});

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export function putParameter(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(PutInput, raw, "ValidationException", "PutParameter");
    context.log(input.Name);
    const existing = store.find(input.Name);
    const type = checkPut(input, existing);
    const pattern = input.AllowedPattern ?? null;
    const version = (existing ?? store.create(input.Name)).add({
      value: input.Value,
      type,
      keyId: type === "SecureString" ? (input.KeyId ?? DEFAULT_KEY) : null,
      description: input.Description ?? existing?.latest.description ?? null,
      allowedPattern: pattern,
      modifiedAt: context.clock.now(),
      modifiedBy: context.session?.sessionArn ?? "",
    });
    return { Version: version.version, Tier: "Standard" };
  };
}

/** The type the new version gets; throws what the service throws. */
function checkPut(input: z.output<typeof PutInput>, existing: Parameter | null): ParameterType {
  checkName(input.Name);
  if (existing !== null && input.Overwrite !== true) {
    throw new AwsError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  const type = input.Type ?? existing?.latest.type;
  if (type === undefined) {
    throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
  }
  if (input.KeyId !== undefined && type !== "SecureString") {
    throw new AwsError("ValidationException", "KeyId is required for SecureString type parameter only.");
  }
  if (input.Value === "") {
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (Buffer.byteLength(input.Value) > VALUE_BYTES) {
    throw new AwsError(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${VALUE_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
  if (input.AllowedPattern !== undefined && !matches(input.AllowedPattern, input.Value)) {
    throw new AwsError(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${input.AllowedPattern}`,
    );
  }
  return type;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value);
  } catch {
    throw new AwsError(
      "InvalidAllowedPatternException",
      "The request does not meet the regular expression requirement.",
    );
  }
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
function checkName(parameterName: string): void {
  if (!/^[\w./-]+$/.test(parameterName) || /\/\/|\/$/.test(parameterName)) {
    throw new AwsError(
      "ValidationException",
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (/^\/?(aws|ssm)/i.test(parameterName)) {
    throw new AwsError(
      "ValidationException",
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`,
    );
  }
  if (parameterName.includes("/") && !parameterName.startsWith("/")) {
    throw new AwsError("ValidationException", "Parameter name must be a fully qualified name.");
  }
  if (parameterName.split("/").length > 16) {
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      "The hierarchy can have a maximum of 15 levels.",
    );
  }
}

const labels = z.array(z.string().min(1).max(100)).min(1).max(10);

const LabelInput = z.strictObject({
  Name: name,
  ParameterVersion: z.int().optional(),
  Labels: labels,
});

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html */
export function labelParameterVersion(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(LabelInput, raw, "ValidationException", "LabelParameterVersion");
    context.log(input.Name);
    const parameter = store.get(input.Name);
    const version = chosenVersion(parameter, input.ParameterVersion);
    const invalid = parameter.label(version, input.Labels);
    return { InvalidLabels: invalid, ParameterVersion: version.version };
  };
}

const UnlabelInput = z.strictObject({ Name: name, ParameterVersion: z.int(), Labels: labels });

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html */
export function unlabelParameterVersion(store: ParameterStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(UnlabelInput, raw, "ValidationException", "UnlabelParameterVersion");
    context.log(input.Name);
    const parameter = store.get(input.Name);
    const version = chosenVersion(parameter, input.ParameterVersion);
    const removed = input.Labels.filter((label) => version.labels.delete(label));
    return {
      RemovedLabels: removed,
      InvalidLabels: input.Labels.filter((label) => !removed.includes(label)),
    };
  };
}

function chosenVersion(parameter: Parameter, number: number | undefined): ParameterVersion {
  if (number === undefined) return parameter.latest;
  const version = parameter.find(number);
  if (version === null) throw versionNotFound(parameter.name, number);
  return version;
}
