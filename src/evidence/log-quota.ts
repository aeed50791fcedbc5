import { ListServiceQuotasCommand } from "@aws-sdk/client-service-quotas";
import type { SourceContext } from "./context.ts";

/** How many GetLogEvents calls a second are allowed, and who says so. */
export interface LogQuota {
  perSecond: number;
  saidBy: string;
}

/** Its name in Service Quotas; AWS publishes no code for it. */
const NAME = "GetLogEvents throttle limit in transactions per second";

/**
 * What AWS publishes, for an account and region: 25 but for these
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). It cannot be raised.
 */
const PUBLISHED = 25;
const PUBLISHED_IN: Readonly<Record<string, number>> = {
  "us-west-2": 10,
  "ap-northeast-3": 10,
  "ap-southeast-3": 10,
  "ca-west-1": 10,
  "eu-central-1": 10,
  "eu-west-1": 10,
  "eu-west-3": 30,
  "il-central-1": 10,
};

/**
 * Asks Service Quotas for the account's rate in this region. Asked once and not patiently: who may not ask, or gets no
 * answer, reads at the published rate, and slows down like anybody when throttled.
 */
export async function logQuota({ aws, target }: Pick<SourceContext, "aws" | "target">): Promise<LogQuota> {
  try {
    let NextToken: string | undefined;
    do {
      const page = await aws.quotas.send(
        new ListServiceQuotasCommand({ ServiceCode: "logs", ...(NextToken ? { NextToken } : {}) }),
      );
      const found = page.Quotas?.find(({ QuotaName }) => QuotaName === NAME)?.Value;
      if (found !== undefined && found > 0) return { perSecond: found, saidBy: "Service Quotas" };
      NextToken = page.NextToken;
    } while (NextToken);
    return published(target.region, "Service Quotas names none");
  } catch (error) {
    return published(target.region, `Service Quotas could not be asked: ${(error as Error).name}`);
  }
}

function published(region: string, why: string): LogQuota {
  return {
    perSecond: PUBLISHED_IN[region] ?? PUBLISHED,
    saidBy: `AWS's published default for ${region}; ${why}`,
  };
}
