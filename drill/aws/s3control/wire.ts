/** What S3 Control's CreateJob takes, checked and taken apart. https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html */
import { AwsError, notImplemented } from "../errors.ts";
import { isObject, parseXml } from "../xml.ts";

/** The only operation that is simulated. */
export interface CopyOperation {
  bucket: string;
  /** The folder that the copies go into; empty for none. */
  prefix: string;
  /** The headers that each CopyObject carries besides its source. */
  headers: Readonly<Record<string, string>>;
}

export interface JobRequest {
  token: string;
  description: string | undefined;
  priority: number;
  roleArn: string;
  operation: CopyOperation;
  manifest: {
    bucket: string;
    key: string;
    etag: string;
    versionId: string | undefined;
    withVersions: boolean;
  };
  report: { bucket: string; prefix: string; allTasks: boolean } | null;
  /** The request as it came, for the descriptions. */
  members: Record<string, unknown>;
}

const MEMBERS = [
  "ConfirmationRequired",
  "Operation",
  "Report",
  "ClientRequestToken",
  "Manifest",
  "Description",
  "Priority",
  "RoleArn",
];
const COPY_MEMBERS = [
  "TargetResource",
  "TargetKeyPrefix",
  "ChecksumAlgorithm",
  "ObjectLockMode",
  "ObjectLockRetainUntilDate",
  "ObjectLockLegalHoldStatus",
];
const LARGEST_PRIORITY = 2_147_483_647;

/** @throws AwsError MalformedXML, InvalidRequest or NotImplemented. */
export function parseCreateJob(body: string): JobRequest {
  const members = parseXml(body, "CreateJobRequest");
  refuseUnknown(members, MEMBERS, "CreateJob");
  if (members.ConfirmationRequired !== "false") throw notImplemented("a job that waits for confirmation");
  const token = text(members, "ClientRequestToken", 64);
  const priority = Number(text(members, "Priority"));
  if (!(Number.isInteger(priority) && priority >= 0 && priority <= LARGEST_PRIORITY)) {
    throw invalidRequest("Priority must be a whole number from 0 to 2147483647");
  }
  const roleArn = text(members, "RoleArn", 2048);
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn)) throw invalidRequest("RoleArn is not a role's ARN");
  return {
    token,
    description: members.Description === undefined ? undefined : text(members, "Description", 256),
    priority,
    roleArn,
    operation: parseOperation(object(members, "Operation")),
    manifest: parseManifest(object(members, "Manifest")),
    report: parseReport(object(members, "Report")),
    members,
  };
}

function parseOperation(operation: Record<string, unknown>): CopyOperation {
  refuseUnknown(operation, ["S3PutObjectCopy"], "JobOperation");
  const copy = object(operation, "S3PutObjectCopy");
  refuseUnknown(copy, COPY_MEMBERS, "S3CopyObjectOperation");
  const headers: Record<string, string> = {};
  const take = (member: string, header: string) => {
    if (copy[member] !== undefined) headers[header] = text(copy, member);
  };
  take("ChecksumAlgorithm", "x-amz-checksum-algorithm");
  take("ObjectLockMode", "x-amz-object-lock-mode");
  take("ObjectLockRetainUntilDate", "x-amz-object-lock-retain-until-date");
  take("ObjectLockLegalHoldStatus", "x-amz-object-lock-legal-hold");
  return {
    bucket: bucketOf(text(copy, "TargetResource")),
    prefix: copy.TargetKeyPrefix === undefined ? "" : text(copy, "TargetKeyPrefix", 1024),
    headers,
  };
}

function parseManifest(manifest: Record<string, unknown>): JobRequest["manifest"] {
  const spec = object(manifest, "Spec");
  if (text(spec, "Format") !== "S3BatchOperations_CSV_20180820")
    throw notImplemented("an inventory as manifest");
  const fields = object(spec, "Fields").member;
  const names = Array.isArray(fields) ? fields.map(String) : [String(fields)];
  const withVersions = names.join() === "Bucket,Key,VersionId";
  if (!withVersions && names.join() !== "Bucket,Key")
    throw notImplemented(`manifest fields ${names.join(", ")}`);
  const location = object(manifest, "Location");
  const [, bucket = "", key = ""] =
    /^arn:[^:]+:s3:::([^/]+)\/(.+)$/s.exec(text(location, "ObjectArn", 2000)) ?? [];
  if (key === "") throw invalidRequest("The manifest's ObjectArn is not an object's ARN");
  const versionId = location.ObjectVersionId === undefined ? undefined : text(location, "ObjectVersionId");
  return { bucket, key, etag: text(location, "ETag").replaceAll('"', ""), versionId, withVersions };
}

function parseReport(report: Record<string, unknown>): JobRequest["report"] {
  if (text(report, "Enabled") === "false") return null;
  if (text(report, "Format") !== "Report_CSV_20180820") throw invalidRequest("Unknown report format");
  const scope = text(report, "ReportScope");
  if (scope !== "AllTasks" && scope !== "FailedTasksOnly") throw invalidRequest("Unknown report scope");
  const prefix = report.Prefix === undefined ? "" : text(report, "Prefix", 512);
  return { bucket: bucketOf(text(report, "Bucket")), prefix, allTasks: scope === "AllTasks" };
}

function bucketOf(arn: string): string {
  const bucket = /^arn:[^:]+:s3:::([^/]+)$/.exec(arn)?.[1];
  if (bucket === undefined) throw invalidRequest(`${arn} is not a bucket's ARN`);
  return bucket;
}

function object(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = parent[name];
  if (isObject(value)) return value;
  throw invalidRequest(`${name} is missing`);
}

function text(parent: Record<string, unknown>, name: string, longest = 1024): string {
  const value = parent[name];
  if (typeof value !== "string" || value === "") throw invalidRequest(`${name} is missing`);
  if (value.length > longest) throw invalidRequest(`${name} is longer than ${longest} characters`);
  return value;
}

function refuseUnknown(members: Record<string, unknown>, known: readonly string[], where: string): void {
  const unknown = Object.keys(members).find((name) => !known.includes(name) && !name.startsWith("@"));
  if (unknown) throw notImplemented(`the member ${unknown} of ${where}`);
}

export function invalidRequest(message: string): AwsError {
  return new AwsError("InvalidRequest", message, 400);
}
