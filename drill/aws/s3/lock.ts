/** Object Lock: retention that cannot be shortened, legal holds, refused deletions. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
import type { IncomingHttpHeaders } from "node:http";
import { malformedXml, parseXml } from "../xml.ts";
import { xmlAnswer } from "./answers.ts";
import { parseRetention } from "./attributes.ts";
import { receiveText } from "./body.ts";
import type { ObjectVersion, Retention } from "./bucket.ts";
import type { S3Handler } from "./endpoint.ts";
import { accessDenied, invalidRequest, S3Error } from "./errors.ts";
import { header, type S3Call } from "./request.ts";
import { findVersion } from "./versions.ts";

const PROTECTED = "Access Denied because object protected by object lock.";

/** Throws AccessDenied when the version must not be deleted yet. */
export function checkNotLocked(version: ObjectVersion, headers: IncomingHttpHeaders, now: number): void {
  if (version.legalHold) throw accessDenied(PROTECTED);
  const { retention } = version;
  if (!retention || retention.until <= now) return;
  if (retention.mode === "GOVERNANCE" && bypasses(headers)) return;
  throw accessDenied(PROTECTED);
}

const putRetention: S3Handler = async (call) => {
  const version = lockableVersion(call);
  const { request, store, context } = call;
  const content = parseXml(await receiveText(request.message, store.blobs), "Retention");
  const next = parseRetention(text(content.Mode), text(content.RetainUntilDate), context.clock.now());
  if (
    weakens(version.retention, next, context.clock.now()) &&
    !bypassesFor(version.retention, request.headers)
  ) {
    throw accessDenied(PROTECTED);
  }
  version.retention = next;
  return { status: 200, headers: {}, body: null };
};

/** Shortening or changing the mode of a retention still in force. Compliance after governance only strengthens. */
function weakens(current: Retention | null, next: Retention, now: number): boolean {
  if (!current || current.until <= now) return false;
  return next.until < current.until || (current.mode === "COMPLIANCE" && next.mode === "GOVERNANCE");
}

function bypassesFor(current: Retention | null, headers: IncomingHttpHeaders): boolean {
  return current?.mode === "GOVERNANCE" && bypasses(headers);
}

function bypasses(headers: IncomingHttpHeaders): boolean {
  return header(headers, "x-amz-bypass-governance-retention")?.toLowerCase() === "true";
}

const getRetention: S3Handler = (call) => {
  const { retention } = lockableVersion(call);
  if (!retention) throw noLockConfiguration();
  return xmlAnswer("Retention", {
    Mode: retention.mode,
    RetainUntilDate: new Date(retention.until).toISOString(),
  });
};

const putLegalHold: S3Handler = async (call) => {
  const version = lockableVersion(call);
  const { request, store } = call;
  const { Status: status } = parseXml(await receiveText(request.message, store.blobs), "LegalHold");
  if (status !== "ON" && status !== "OFF") throw malformedXml();
  version.legalHold = status === "ON";
  return { status: 200, headers: {}, body: null };
};

const getLegalHold: S3Handler = (call) => {
  const { legalHold } = lockableVersion(call);
  if (!legalHold) throw noLockConfiguration();
  return xmlAnswer("LegalHold", { Status: "ON" });
};

const getConfiguration: S3Handler = ({ bucket }) => {
  if (!bucket.lock) {
    throw new S3Error(
      "ObjectLockConfigurationNotFoundError",
      "Object Lock configuration does not exist for this bucket",
      404,
      { details: { BucketName: bucket.name } },
    );
  }
  const rule = bucket.lock.defaultRetention;
  return xmlAnswer("ObjectLockConfiguration", {
    ObjectLockEnabled: "Enabled",
    ...(rule ? { Rule: { DefaultRetention: { Mode: rule.mode, Days: rule.days } } } : {}),
  });
};

function lockableVersion({ bucket, key, request }: S3Call): ObjectVersion {
  if (!bucket.lock) throw invalidRequest("Bucket is missing Object Lock Configuration");
  return findVersion(bucket, key, request.query.get("versionId"));
}

function noLockConfiguration(): S3Error {
  return new S3Error(
    "NoSuchObjectLockConfiguration",
    "The specified object does not have a ObjectLock configuration",
    404,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export const LOCK_HANDLERS: Readonly<Record<string, S3Handler>> = {
  PutObjectRetention: putRetention,
  GetObjectRetention: getRetention,
  PutObjectLegalHold: putLegalHold,
  GetObjectLegalHold: getLegalHold,
  GetObjectLockConfiguration: getConfiguration,
};
