/** The simulated account's parameters. */
import { createHash } from "node:crypto";
import type { SimClock } from "../../contracts.ts";
import { AwsError } from "../errors.ts";
import { Parameter, type ParameterType, type ParameterVersion } from "./parameter.ts";

export interface ParameterSeed {
  name: string;
  value: string;
  /** `SecureString` when absent. */
  type?: ParameterType;
  /** `alias/aws/ssm` for a SecureString when absent. */
  keyId?: string;
  description?: string;
  /** Milliseconds since the epoch; now when absent. */
  modifiedAt?: number;
  /** ARN of who wrote it. */
  modifiedBy: string;
  labels?: readonly string[];
}

/** A parameter version that a selector names, such as `/app/key`, `/app/key:3` or `/app/key:label`. */
export interface Selected {
  readonly parameter: Parameter;
  readonly version: ParameterVersion;
  /** `:3` or `:label`; null when the selector named no version. */
  readonly selector: string | null;
}

export const DEFAULT_KEY = "alias/aws/ssm";

export class ParameterStore {
  readonly #clock: SimClock;
  readonly #parameters = new Map<string, Parameter>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Writes a version as of a date; each further seed of the same name adds one. */
  seed({
    name,
    value,
    type = "SecureString",
    keyId,
    description,
    modifiedAt,
    modifiedBy,
    labels = [],
  }: ParameterSeed): ParameterVersion {
    const parameter = this.create(name);
    const version = parameter.add({
      value,
      type,
      keyId: type === "SecureString" ? (keyId ?? DEFAULT_KEY) : null,
      description: description ?? null,
      allowedPattern: null,
      modifiedAt: modifiedAt ?? this.#clock.now(),
      modifiedBy,
    });
    const invalid = parameter.label(version, labels);
    if (invalid.length > 0) throw new RangeError(`not a parameter label: ${invalid.join(", ")}`);
    return version;
  }

  /** By name, in order. */
  all(): Parameter[] {
    return [...this.#parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Parameter | null {
    return this.#parameters.get(name) ?? null;
  }

  /** The parameter of that name, made when it is missing. */
  create(name: string): Parameter {
    const parameter = this.#parameters.get(name) ?? new Parameter(name);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** Throws ParameterNotFound; the service gives it no message. */
  get(name: string): Parameter {
    const parameter = this.find(name);
    if (parameter === null) throw new AwsError("ParameterNotFound", "");
    return parameter;
  }

  /** Throws ParameterNotFound or ParameterVersionNotFound. Takes an ARN for the name, too. */
  select(selector: string): Selected {
    const plain = selector.replace(/^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(?=\/)/, "");
    const named = this.find(plain) ?? this.find(plain.replace(/^\//, ""));
    if (named !== null) return { parameter: named, version: named.latest, selector: null };
    const colon = plain.lastIndexOf(":");
    if (colon === -1) throw new AwsError("ParameterNotFound", "");
    const parameter = this.get(plain.slice(0, colon));
    const chosen = plain.slice(colon + 1);
    const version = /^\d+$/.test(chosen) ? parameter.find(Number(chosen)) : parameter.findByLabel(chosen);
    if (version === null) throw versionNotFound(parameter.name, chosen);
    return { parameter, version, selector: `:${chosen}` };
  }

  /** The version that a task started now gets for a `valueFrom`; null when there is none. */
  resolveForTask(valueFrom: string): { name: string; version: number } | null {
    try {
      const { parameter, version } = this.select(valueFrom);
      return { name: parameter.name, version: version.version };
    } catch (error) {
      if (error instanceof AwsError) return null;
      throw error;
    }
  }
}

export function versionNotFound(name: string, version: string | number): AwsError {
  return new AwsError(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

/** What the API shows of a SecureString that is not decrypted: base64 that looks like KMS ciphertext. */
export function cipherText(name: string, { version, value }: ParameterVersion): string {
  const digest = createHash("sha512").update(`${name}\0${version}\0${value}`).digest();
  return Buffer.concat([Buffer.from("0102020078", "hex"), digest, digest.subarray(0, 40)]).toString("base64");
}
