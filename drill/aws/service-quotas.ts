/** Simulated Service Quotas: it tells the very rates that the simulated services are held to. */
import { z } from "zod";
import { AwsError } from "./errors.ts";
import { decodeToken, encodeToken, readInput } from "./input.ts";
import type { CallContext, JsonOperation, JsonService } from "./service.ts";
import { sha256 } from "./sigv4.ts";

const DEFAULT_PAGE = 100;

const ListInput = z.strictObject({
  ServiceCode: z.string().min(1).max(63),
  NextToken: z.string().min(1).max(2048).optional(),
  MaxResults: z.int().min(1).max(100).optional(),
});

const SOURCE = "https://docs.aws.amazon.com/general/latest/gr/servicequotas.html";

/**
 * Knows CloudWatch Logs, whose quotas are named after its operations
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). The quota codes are made up:
 * for the reads that Firebreak needs AWS publishes none.
 */
export function createServiceQuotas(logs: JsonService): JsonService {
  const services = new Map([["logs", { name: "Amazon CloudWatch Logs", service: logs }]]);
  const list: JsonOperation = (raw, context) => {
    const input = readInput(ListInput, raw, "IllegalArgumentException", "ListServiceQuotas");
    context.log(input.ServiceCode);
    const known = services.get(input.ServiceCode);
    if (!known)
      throw new AwsError(
        "NoSuchResourceException",
        "The request failed because the specified service does not exist.",
      );
    const start = input.NextToken === undefined ? 0 : decodeToken(input.NextToken)?.[0];
    if (typeof start !== "number") {
      throw new AwsError("InvalidPaginationTokenException", "Invalid input was provided.");
    }
    const rates = Object.entries(known.service.quotas);
    const page = rates.slice(start, start + (input.MaxResults ?? DEFAULT_PAGE));
    const next = start + page.length;
    return {
      Quotas: page.map(([operation, { ratePerSecond }]) =>
        quota(input.ServiceCode, known.name, operation, ratePerSecond, context),
      ),
      ...(next < rates.length ? { NextToken: encodeToken([next]) } : {}),
    };
  };
  return {
    name: "servicequotas",
    targetPrefix: "ServiceQuotasV20190624",
    throttleError: "TooManyRequestsException",
    quotas: {
      ListServiceQuotas: { ratePerSecond: 10, burst: 10, source: SOURCE },
    },
    /** https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html */
    operations: { ListServiceQuotas: list },
  };
}

function quota(
  code: string,
  service: string,
  operation: string,
  rate: number,
  { region, accountId }: CallContext,
): object {
  const name = `${operation} throttle limit in transactions per second`;
  const quotaCode = `L-${sha256(Buffer.from(`${code} ${name}`))
    .slice(0, 8)
    .toUpperCase()}`;
  return {
    ServiceCode: code,
    ServiceName: service,
    QuotaArn: `arn:aws:servicequotas:${region}:${accountId}:${code}/${quotaCode}`,
    QuotaCode: quotaCode,
    QuotaName: name,
    Value: rate,
    Unit: "None",
    Adjustable: false,
    GlobalQuota: false,
    QuotaAppliedAtLevel: "ACCOUNT",
  };
}
