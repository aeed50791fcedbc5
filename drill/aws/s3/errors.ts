/** S3's errors, which may carry headers of their own. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { AwsError } from "../errors.ts";

export class S3Error extends AwsError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    httpStatus: number,
    more: { headers?: Readonly<Record<string, string>>; details?: Readonly<Record<string, string>> } = {},
  ) {
    super(code, message, httpStatus, more.details);
    this.headers = more.headers ?? {};
  }
}

export function noSuchBucket(bucket: string): S3Error {
  return new S3Error("NoSuchBucket", "The specified bucket does not exist", 404, {
    details: { BucketName: bucket },
  });
}

export function noSuchKey(key: string, headers: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error("NoSuchKey", "The specified key does not exist.", 404, {
    headers,
    details: { Key: key },
  });
}

export function noSuchVersion(key: string, versionId: string): S3Error {
  return new S3Error("NoSuchVersion", "The specified version does not exist.", 404, {
    details: { Key: key, VersionId: versionId },
  });
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    412,
    {
      details: { Condition: condition },
    },
  );
}

export function invalidArgument(message: string, name: string, value: string): S3Error {
  return new S3Error("InvalidArgument", message, 400, {
    details: { ArgumentName: name, ArgumentValue: value },
  });
}

export function invalidRequest(message: string): S3Error {
  return new S3Error("InvalidRequest", message, 400);
}

export function accessDenied(message = "Access Denied"): S3Error {
  return new S3Error("AccessDenied", message, 403);
}
