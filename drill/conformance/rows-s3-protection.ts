/** S3: Object Lock and bucket policies. */
import {
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { ending, type Row, refused } from "./row.ts";
import type { World } from "./world.ts";

const LOCK = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html";
const LOCK_MANAGING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html";
const EVALUATION =
  "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html";
const ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";

const Key = "incidents/INC-1/captures/1/manifest.json";
const DAY_MS = 24 * 3600 * 1000;

/** An object that may not be deleted for two days. */
async function locked(world: World, ObjectLockMode: "COMPLIANCE" | "GOVERNANCE" = "COMPLIANCE") {
  const Bucket = await world.bucket({ locked: true });
  const ObjectLockRetainUntilDate = days(world, 2);
  const { VersionId } = await world.s3.send(
    new PutObjectCommand({ Bucket, Key, Body: "sealed", ObjectLockMode, ObjectLockRetainUntilDate }),
  );
  const retain = (RetainUntilDate: Date) =>
    ending(
      world.s3.send(
        new PutObjectRetentionCommand({
          Bucket,
          Key,
          VersionId,
          Retention: { Mode: ObjectLockMode, RetainUntilDate },
        }),
      ),
    );
  return { Bucket, VersionId, retain };
}

/** Whole seconds, as S3 keeps it. */
function days(world: World, count: number): Date {
  return new Date(Math.floor(world.now() / 1000) * 1000 + count * DAY_MS);
}

function denyDelete(bucket: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  });
}

export const PROTECTION_ROWS: readonly Row[] = [
  {
    id: "s3-lock-delete-version",
    service: "s3",
    behaviour: "A version under compliance retention cannot be deleted, by nobody.",
    page: LOCK,
    expected: { delete: refused("AccessDenied", 403), content: "sealed" },
    run: async (world) => {
      const { Bucket, VersionId } = await locked(world);
      const deletion = await ending(world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return { delete: deletion, content: await Body?.transformToString() };
    },
  },
  {
    id: "s3-lock-governance-bypass",
    service: "s3",
    behaviour: "Governance retention refuses a deletion unless it asks to bypass it.",
    page: LOCK,
    expected: { plain: refused("AccessDenied", 403), bypass: { ok: true } },
    run: async (world) => {
      const { Bucket, VersionId } = await locked(world, "GOVERNANCE");
      const remove = (more: object) =>
        ending(world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...more })));
      return { plain: await remove({}), bypass: await remove({ BypassGovernanceRetention: true }) };
    },
  },
  {
    id: "s3-lock-delete-marker",
    service: "s3",
    behaviour: "Object Lock does not prevent a delete marker; the locked version stays.",
    page: LOCK_MANAGING,
    expected: { marker: true, content: "sealed" },
    run: async (world) => {
      const { Bucket, VersionId } = await locked(world);
      const { DeleteMarker } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return { marker: DeleteMarker, content: await Body?.transformToString() };
    },
  },
  {
    id: "s3-lock-never-shortened",
    service: "s3",
    behaviour: "Compliance retention cannot be shortened.",
    page: LOCK,
    expected: refused("AccessDenied", 403),
    run: async (world) => (await locked(world)).retain(days(world, 1)),
  },
  {
    id: "s3-lock-extended",
    service: "s3",
    behaviour: "Compliance retention can be extended.",
    page: LOCK,
    expected: { extended: { ok: true }, days: 30 },
    run: async (world) => {
      const { Bucket, VersionId, retain } = await locked(world);
      const until = days(world, 30);
      const extended = await retain(until);
      const { Retention } = await world.s3.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }));
      const off = Math.abs((Retention?.RetainUntilDate?.getTime() ?? 0) - until.getTime());
      return { extended, days: off < DAY_MS / 2 ? 30 : null };
    },
  },
  {
    id: "s3-lock-in-the-past",
    service: "s3",
    behaviour: "Retention until a moment that has passed is an invalid argument.",
    page: LOCK_MANAGING,
    expected: refused("InvalidArgument", 400),
    run: async (world) => {
      const Bucket = await world.bucket({ locked: true });
      const lock = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: days(world, -1) } as const;
      return ending(world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...lock })));
    },
  },
  {
    id: "s3-lock-unlocked-bucket",
    service: "s3",
    behaviour: "Retention in a bucket without Object Lock is an invalid request.",
    page: LOCK_MANAGING,
    expected: refused("InvalidRequest", 400),
    run: async (world) => {
      const Bucket = await world.bucket();
      const lock = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: days(world, 1) } as const;
      return ending(world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...lock })));
    },
  },
  {
    id: "s3-lock-legal-hold",
    service: "s3",
    behaviour: "A legal hold prevents deletion of the version until it is lifted.",
    page: LOCK,
    expected: { held: refused("AccessDenied", 403), lifted: { ok: true } },
    run: async (world) => {
      const Bucket = await world.bucket({ locked: true });
      const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "held" }));
      const hold = (Status: "ON" | "OFF") =>
        world.s3.send(new PutObjectLegalHoldCommand({ Bucket, Key, VersionId, LegalHold: { Status } }));
      const remove = () => ending(world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
      await hold("ON");
      const held = await remove();
      await hold("OFF");
      return { held, lifted: await remove() };
    },
  },
  {
    id: "s3-policy-deny",
    service: "s3",
    behaviour: "An explicit Deny in the bucket policy holds for everybody, the bucket's owner included.",
    page: EVALUATION,
    expected: { delete: refused("AccessDenied", 403), put: { ok: true } },
    run: async (world) => {
      const Bucket = await world.bucket();
      await world.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: denyDelete(Bucket) }));
      const put = await ending(world.s3.send(new PutObjectCommand({ Bucket, Key, Body: "record" })));
      return { delete: await ending(world.s3.send(new DeleteObjectCommand({ Bucket, Key }))), put };
    },
  },
  {
    id: "s3-policy-missing",
    service: "s3",
    behaviour: "A bucket without a policy answers NoSuchBucketPolicy.",
    page: ERRORS,
    expected: refused("NoSuchBucketPolicy", 404),
    run: async ({ s3, bucket }) => ending(s3.send(new GetBucketPolicyCommand({ Bucket: await bucket() }))),
  },
];
