/** What decides how much of a log group a reader gets to see: its class, its KMS key, its data protection policy. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { readInput } from "../input.ts";
import type { CallContext, JsonOperation } from "../service.ts";
import { groupIdentifier } from "./names.ts";
import type { LogGroup, LogStore } from "./store.ts";

export interface Protection {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html */
  logClass: "STANDARD" | "INFREQUENT_ACCESS";
  /** The key that its events are encrypted with; when it is not enabled, nobody can read them. */
  kmsKey: { arn: string; enabled: boolean } | null;
  /** Masks what matches, for whoever does not ask to unmask. */
  masking: { policy: object; sensitive: RegExp; updatedAt: number } | null;
}

/** A data protection policy that masks e-mail addresses. */
export function maskEmailAddresses(updatedAt: number): Protection["masking"] {
  const DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"];
  const policy = {
    Name: "data-protection-policy",
    Version: "2021-06-01",
    Statement: [
      { Sid: "audit-policy", DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
      { Sid: "redact-policy", DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ],
  };
  return { policy, sensitive: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, updatedAt };
}

/**
 * How the group's messages are shown to a reader. Throws InvalidOperationException for a class that the operation
 * does not support, in the service's words (https://github.com/aws/karpenter-provider-aws/pull/9567), and
 * AccessDeniedException when the key cannot be used: CloudWatch Logs "requires permissions for the KMS key whenever
 * the encrypted data is requested"
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html). The words of
 * that refusal are the simulator's own.
 */
export function openGroup(
  { name, protection }: LogGroup,
  operation: string,
  unmask: boolean,
  { session }: Pick<CallContext, "session">,
): (message: string) => string {
  const { logClass, kmsKey, masking } = protection;
  if (logClass !== "STANDARD") {
    throw new AwsError(
      "InvalidOperationException",
      `The log group ${name} is of log-group-class ${logClass}. ${operation} is not supported for this log class.`,
    );
  }
  if (kmsKey && !kmsKey.enabled) {
    throw new AwsError("AccessDeniedException", `The KMS key ${kmsKey.arn} of the log group is disabled.`);
  }
  if (unmask) {
    const who = session?.sessionArn ?? "anonymous";
    throw new AwsError(
      "AccessDeniedException",
      `User: ${who} is not authorized to perform: logs:Unmask on resource: ${name}`,
    );
  }
  if (!masking) return (message) => message;
  return (message) => message.replace(masking.sensitive, (found) => "*".repeat(found.length));
}

const PolicyInput = z.strictObject({ logGroupIdentifier: groupIdentifier });

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDataProtectionPolicy.html */
export function getDataProtectionPolicy(store: LogStore): JsonOperation {
  return (raw, context) => {
    const input = readInput(PolicyInput, raw, "InvalidParameterException", "GetDataProtectionPolicy");
    context.log(input.logGroupIdentifier);
    const { masking } = store.group(input.logGroupIdentifier).protection;
    return {
      logGroupIdentifier: input.logGroupIdentifier,
      ...(masking
        ? { policyDocument: JSON.stringify(masking.policy), lastUpdatedTime: masking.updatedAt }
        : {}),
    };
  };
}
