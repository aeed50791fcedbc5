/** How export tasks reach the simulated S3: as CloudWatch Logs' service principal, as far as the bucket's policy lets it. */
import type { Readable } from "node:stream";
import type { S3Store } from "../s3/store.ts";
import { wildcardMatch } from "../wildcard.ts";
import { isObject } from "../xml.ts";
import type { ExportOptions } from "./export.ts";

/**
 * The bucket's policy has to allow `logs.<region>.amazonaws.com` both `s3:GetBucketAcl` on the bucket and
 * `s3:PutObject` on its objects. Conditions on `aws:SourceAccount` and `aws:SourceArn` are taken to hold.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
 */
export function exportToS3(store: () => S3Store, region: string): Pick<ExportOptions, "refusedOn" | "write"> {
  const may = (bucket: string, action: string, resource: string): boolean => {
    const found = store()
      .buckets()
      .find(({ name }) => name === bucket);
    return found?.policy
      ? allows(found.policy.text, `logs.${region}.amazonaws.com`, action, resource)
      : false;
  };
  return {
    refusedOn: (bucket) => {
      if (!may(bucket, "s3:GetBucketAcl", `arn:aws:s3:::${bucket}`)) return "GetBucketAcl";
      return may(bucket, "s3:PutObject", `arn:aws:s3:::${bucket}/any`) ? null : "PutObject";
    },
    write: async (bucket, key, body) => {
      store().seedObject(bucket, key, await gather(body), { contentType: "application/x-gzip" });
    },
  };
}

/** The statements that let a bucket take exports, as the guide gives them. */
export function exportStatements(bucket: string, region: string): object[] {
  const Principal = { Service: `logs.${region}.amazonaws.com` };
  return [
    { Effect: "Allow", Principal, Action: "s3:GetBucketAcl", Resource: `arn:aws:s3:::${bucket}` },
    { Effect: "Allow", Principal, Action: "s3:PutObject", Resource: `arn:aws:s3:::${bucket}/*` },
  ];
}

function allows(policy: string, service: string, action: string, resource: string): boolean {
  const statements = asList((JSON.parse(policy) as { Statement: unknown }).Statement).filter(isObject);
  const fits = statements.filter(
    ({ Principal, Action, Resource }) =>
      names(Principal, service) &&
      asList(Action).some((one) => wildcardMatch(String(one).toLowerCase(), action.toLowerCase())) &&
      asList(Resource).some((one) => wildcardMatch(String(one), resource)),
  );
  const denied = fits.some(({ Effect, Condition }) => Effect === "Deny" && Condition === undefined);
  return !denied && fits.some(({ Effect }) => Effect === "Allow");
}

function names(principal: unknown, service: string): boolean {
  if (principal === "*") return true;
  return isObject(principal) && asList(principal.Service).includes(service);
}

function asList(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

async function gather(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
