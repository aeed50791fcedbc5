/** One parameter with its versions and labels. */
import { AwsError } from "../errors.ts";

export type ParameterType = "String" | "StringList" | "SecureString";

export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly type: ParameterType;
  readonly keyId: string | null;
  readonly description: string | null;
  readonly allowedPattern: string | null;
  /** Milliseconds since the epoch, UTC. */
  readonly modifiedAt: number;
  /** ARN of who wrote the version. */
  readonly modifiedBy: string;
  /** In the order in which they were attached. */
  readonly labels: Set<string>;
}

/** Parameter Store keeps this many versions; the next write drops the oldest. */
export const KEPT_VERSIONS = 100;
export const LABELS_PER_VERSION = 10;

export class Parameter {
  readonly name: string;
  /** Oldest first. */
  readonly versions: ParameterVersion[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get latest(): ParameterVersion {
    const version = this.versions.at(-1);
    if (version === undefined) throw new Error(`parameter ${this.name} has no version`);
    return version;
  }

  find(version: number): ParameterVersion | null {
    return this.versions.find((candidate) => candidate.version === version) ?? null;
  }

  findByLabel(label: string): ParameterVersion | null {
    return this.versions.find(({ labels }) => labels.has(label)) ?? null;
  }

  /**
   * Adds a version. Throws ParameterMaxVersionLimitExceeded when the oldest of 100 versions cannot go because it is
   * labelled. https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
   */
  add(version: Omit<ParameterVersion, "version" | "labels">): ParameterVersion {
    const oldest = this.versions[0];
    if (oldest !== undefined && this.versions.length >= KEPT_VERSIONS) {
      if (oldest.labels.size > 0) {
        throw new AwsError(
          "ParameterMaxVersionLimitExceeded",
          `You attempted to create a new version of ${this.name} by calling the PutParameter API with the overwrite flag. ` +
            `Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. ` +
            "Move the label to another version of the parameter, and try again.",
        );
      }
      this.versions.shift();
    }
    const number = (this.versions.at(-1)?.version ?? 0) + 1;
    const added = { ...version, version: number, labels: new Set<string>() };
    this.versions.push(added);
    return added;
  }

  /**
   * Attaches labels to a version, taking each away from the version that had it; returns those that break the label
   * syntax, which are left out. Throws ParameterVersionLabelLimitExceeded, having changed nothing.
   * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
   */
  label(target: ParameterVersion, labels: readonly string[]): string[] {
    const valid = labels.filter(isLabel);
    if (new Set([...target.labels, ...valid]).size > LABELS_PER_VERSION) {
      throw new AwsError(
        "ParameterVersionLabelLimitExceeded",
        `A parameter version can have a maximum of ${LABELS_PER_VERSION} labels. Move one or more labels to another version and try again.`,
      );
    }
    for (const label of valid) {
      for (const version of this.versions) if (version !== target) version.labels.delete(label);
      target.labels.add(label);
    }
    return labels.filter((label) => !isLabel(label));
  }
}

/** Letters, digits, `.`, `-` and `_`; not starting with a digit, `aws` or `ssm`. */
function isLabel(label: string): boolean {
  return /^[A-Za-z._-][\w.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
}
