import { z } from "zod";
import { bucketName, id, positiveHours, template, text } from "./schema-parts.ts";

/** The runbook's section on evidence. */

/** The sources that a capture can collect by itself. */
export const CAPTURE_SOURCES = [
  "cloudwatch-logs",
  "audit-logs",
  "ecs",
  "ssm-parameter",
  "cloudtrail",
  "github-actions",
  "entra-sign-in",
  "iam-role",
] as const;

const signing = z.strictObject({
  kms_key: template(["env"], "alias/firebreak-evidence-{env}").refine(
    (value) => /^(alias\/|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/)[\w/{}-]+$/.test(value),
    { error: "is neither the alias (alias/...) nor the ARN of a KMS key" },
  ),
});

const retention = z.strictObject({
  mode: z
    .enum(["COMPLIANCE", "GOVERNANCE"])
    .meta({ description: "COMPLIANCE (nobody can shorten it) or GOVERNANCE", examples: ["COMPLIANCE"] }),
  days: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .meta({ description: "whole days", examples: [365] }),
  legal_hold: z.boolean().meta({ description: "true or false", examples: [false] }),
});

/** Each account has a role of its own: `{account}` is the environment's. */
const batchRole = template(
  ["env", "account"],
  "arn:aws:iam::{account}:role/firebreak-batch-copy-{env}",
).refine((value) => /^arn:aws[a-z-]*:iam::(\d{12}|\{account\}):role\/[\w+=,.@/{}-]+$/.test(value), {
  error: "is not the ARN of an IAM role",
});

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
const TRAIL = /^(?!.*[._-]{2})[A-Za-z0-9{][\w.{}-]{1,126}[A-Za-z0-9}]$/;
const TRAIL_ARN = /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail\//;

const trailName = template(["env"], "organisation-trail-{env}").refine(
  (value) => TRAIL.test(value.replace(TRAIL_ARN, "")),
  { error: "is neither the name nor the ARN of a trail" },
);

/** The runbook is for everybody to read. */
const timestampAuthority = z
  .url({ protocol: /^https?$/ })
  .refine((value) => !URL.canParse(value) || `${new URL(value).username}${new URL(value).password}` === "", {
    error: "holds a user name or a password",
  })
  .meta({ examples: ["http://timestamp.example.com"] });

/** How long the sweep waits for what arrives late before it says that it never came. */
const settleHours = z.strictObject(
  Object.fromEntries(CAPTURE_SOURCES.map((source) => [source, positiveHours.optional()])) as Record<
    (typeof CAPTURE_SOURCES)[number],
    z.ZodOptional<typeof positiveHours>
  >,
);

export const evidence = z.strictObject({
  default_lookback_hours: positiveHours,
  collect: z.array(z.enum(CAPTURE_SOURCES)).min(1),
  audit_log_layout: template(["env", "name", "yyyy", "MM", "dd", "HH"], "{name}/{yyyy}/{MM}/{dd}/").refine(
    (value) => value.includes("{yyyy}") && value.includes("{MM}") && value.includes("{dd}"),
    { error: "must hold {yyyy}, {MM} and {dd}, so that a date range leads to its objects" },
  ),
  sources: z.record(id, z.strictObject({ name: text, export: text, notes: text, contact: id.optional() })),
  rules: z.array(z.strictObject({ id, text })).min(1),
  /** The organisation's asymmetric key that signs manifests. */
  signing: signing.optional(),
  /** RFC 3161 time-stamping authorities, tried in turn; any one suffices. */
  timestamp_authorities: z.array(timestampAuthority).min(1).optional(),
  /** Object Lock of what is written to the vault; the bucket's default retention when absent. */
  retention: retention.optional(),
  /** The trail whose files CloudTrail delivers to S3; without it a capture has the event history alone. */
  trail: z.strictObject({ name: trailName }).optional(),
  /** Where CloudWatch Logs exports a log group to: no vault, which takes no write without `If-None-Match`. */
  log_export: z.strictObject({ bucket: bucketName }).optional(),
  /** Above so many audit objects S3 Batch Operations copies them, under this role. */
  batch_copy: z
    .strictObject({
      above_objects: z
        .number()
        .int()
        .min(1)
        .max(10_000_000)
        .meta({ description: "a number of objects", examples: [100_000] })
        .default(100_000),
      role: batchRole,
    })
    .optional(),
  settle_hours: settleHours.optional(),
});

export type CaptureSource = (typeof CAPTURE_SOURCES)[number];
