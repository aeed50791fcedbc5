import type { ObjectLockLegalHoldStatus, ObjectLockMode } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";

/** How objects are kept in the vault: said with each write, in force from its first moment. */

export interface Retention {
  mode: "COMPLIANCE" | "GOVERNANCE";
  /** Counted from the write. */
  days: number;
  legalHold: boolean;
}

/** Parameters of PutObject, CopyObject and CreateMultipartUpload. */
interface LockParameters {
  ObjectLockMode?: ObjectLockMode;
  ObjectLockRetainUntilDate?: Date;
  ObjectLockLegalHoldStatus?: ObjectLockLegalHoldStatus;
}

export interface WriteTerms {
  /** Empty when the bucket's default retention is to apply. Retention counts from `from`, or from now. */
  lock(from?: Date): LockParameters;
  /** The incident's label, as object metadata: ASCII, since that is all that HTTP headers carry. */
  metadata: Readonly<Record<string, string>>;
}

const DAY_MS = 86_400_000;

/**
 * The terms of an incident's objects. What the request says replaces the bucket's default retention, also where the
 * default is longer (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html).
 */
export function writeTerms(
  clock: Clock,
  retention: Retention | undefined,
  metadata: Readonly<Record<string, string>>,
): WriteTerms {
  return {
    metadata,
    lock: (from = clock.now()) =>
      retention === undefined
        ? {}
        : {
            ObjectLockMode: retention.mode,
            ObjectLockRetainUntilDate: new Date(from.getTime() + retention.days * DAY_MS),
            ...(retention.legalHold ? { ObjectLockLegalHoldStatus: "ON" } : {}),
          },
  };
}
