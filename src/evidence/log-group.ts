import {
  DescribeLogGroupsCommand,
  GetDataProtectionPolicyCommand,
  type LogGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import type { SourceContext } from "./context.ts";
import { putDocument } from "./item-writer.ts";
import { pages } from "./pages.ts";
import { patiently } from "./patience.ts";
import type { ManifestItem, SourceOf } from "./source-schema.ts";

export type LogGroupFacts = NonNullable<SourceOf<"cloudwatch-logs">["group"]>;

/** What decides how much of a log group can be read. @throws Error when it is not there, or may not be described. */
export async function describeGroup(context: SourceContext): Promise<LogGroupFacts> {
  const name = context.target.logGroup;
  const listing = pages(
    context.clock,
    (nextToken) =>
      context.aws.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name, ...(nextToken ? { nextToken } : {}) }),
      ),
    ({ nextToken }) => nextToken,
  );
  for await (const { logGroups = [] } of listing) {
    const group = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (group) return facts(group);
  }
  throw new Error(`CloudWatch Logs knows no log group ${name}`);
}

/**
 * `dataProtectionStatus` says "whether this log group has a protection policy, or whether it had one in the past"
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html). An event is masked by the
 * policy that held when it was ingested, so either may have masked events of the window; so may the account's policy.
 */
function facts(group: LogGroup): LogGroupFacts {
  const inherited = group.inheritedProperties?.includes("ACCOUNT_DATA_PROTECTION") ?? false;
  return {
    class: group.logGroupClass ?? "STANDARD",
    kmsKey: group.kmsKeyId ?? null,
    masked: group.dataProtectionStatus !== undefined || inherited,
    retentionDays: group.retentionInDays ?? null,
  };
}

/** The sentence about masking that the manifest has. */
export const MASKED =
  "CloudWatch masks what its data protection policy calls sensitive, and it was not asked to unmask; while the events are kept, whoever has logs:Unmask can read the originals";

/** The group's data protection policy as a document: it says what was masked. Nothing when it has none of its own. */
export async function documentMasking(context: SourceContext): Promise<ManifestItem[]> {
  const logGroupIdentifier = context.target.logGroup;
  const { policyDocument, lastUpdatedTime } = await patiently(context.clock, () =>
    context.aws.logs.send(new GetDataProtectionPolicyCommand({ logGroupIdentifier })),
  );
  if (policyDocument === undefined) return [];
  const value = {
    logGroup: logGroupIdentifier,
    lastUpdated: lastUpdatedTime === undefined ? null : new Date(lastUpdatedTime).toISOString(),
    policy: JSON.parse(policyDocument) as unknown,
  };
  const name = "cloudwatch-logs/data-protection-policy";
  const uri = `cloudwatch-logs:${logGroupIdentifier}#data-protection-policy`;
  return await putDocument(context, { source: "cloudwatch-logs", name, value, uri });
}

/** What a refusal to read the group's events means, and what mends it; undefined when the group explains nothing. */
export function unreadable(group: LogGroupFacts | null, error: Error): string | undefined {
  if (!group) return undefined;
  if (group.class !== "STANDARD" && error.name === "InvalidOperationException") {
    return `the log group is of the class ${group.class}, whose events only Logs Insights gives: query them there (aws logs start-query) and attach the result to the incident`;
  }
  if (group.kmsKey !== null && REFUSALS.has(error.name)) {
    return `the log group is encrypted with ${group.kmsKey}; CloudWatch Logs needs that key to read: enable it (aws kms enable-key --key-id ${group.kmsKey}) or mend its policy, then preserve again`;
  }
  return undefined;
}

const REFUSALS = new Set(["AccessDeniedException", "InvalidParameterException", "InvalidOperationException"]);
