import { z } from "zod";

/** What a manifest says about each source and each item. All times are ISO 8601 in UTC. */

export const iso = z.iso.datetime({ offset: true });
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z.record(z.string(), z.union([z.number(), z.string()]));

export const gapSchema = z.object({
  /** What is missing: a stream, a key, a container. */
  what: z.string(),
  why: z.string(),
});

const pendingSchema = z.object({
  /** What did not exist yet, or may not have arrived yet, when the source was collected. */
  what: z.string(),
  why: z.string(),
  /** When it can be expected to be there; null when nobody can say (a run that goes on). */
  expectedBy: iso.nullable(),
});

const sourceBase = {
  status: z.enum(["complete", "partial", "requested", "failed"]),
  /** What should be there, as numbers by name, and under `counted` how that was found out. */
  expected: counts,
  collected: counts,
  gaps: z.array(gapSchema),
  /** What will only come later, by name. It is no gap: of what there was, nothing is missing. A later capture has it. */
  pending: z.array(pendingSchema).optional(),
};

const streamSchema = z.object({
  group: z.string(),
  stream: z.string(),
  /** Full key of the item; null when the stream could not be collected. */
  key: z.string().nullable(),
  /** Keys of further items that an interrupted run's successor added for what was logged in between. */
  continued: z.array(z.string()),
  events: z.number(),
  newestEvent: iso.nullable(),
  /** CloudWatch's own `lastEventTimestamp`, which may lag by an hour. */
  expectedNewest: iso.nullable(),
  /** Every event that was in the stream at this moment, from the window's beginning on, is in the items. */
  through: iso.nullable(),
  complete: z.boolean(),
});

const taskSchema = z.object({
  taskArn: z.string(),
  taskId: z.string(),
  lastStatus: z.string(),
  /** Names of the log streams that the task's containers write to. */
  streams: z.array(z.string()),
  /** Containers whose output cannot be found in CloudWatch Logs. */
  uncaptured: z.array(z.object({ container: z.string(), why: z.string() })),
  /** Its network interfaces, as far as ECS names them. */
  interfaces: z
    .array(z.object({ id: z.string(), subnet: z.string().nullable(), securityGroups: z.array(z.string()) }))
    .optional(),
});

const lookupSchema = z.object({
  region: z.string(),
  from: iso,
  /** Every event of before this moment is in the items; null when some are missing. */
  through: iso.nullable(),
  events: z.number(),
});

const runSchema = z.object({
  id: z.number(),
  attempt: z.number(),
  /** Path of the workflow's file. */
  workflow: z.string(),
  event: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  startedAt: iso,
  /** Whether its log is an item. `none`: no job of it ran, so there is no log. */
  log: z.enum(["collected", "in progress", "none", "missing"]),
});

export const fingerprintSchema = z.object({ algorithm: z.string(), salt: z.string(), value: z.string() });

const parameterSchema = z.object({
  name: z.string(),
  arn: z.string().nullable(),
  version: z.number().int(),
  lastModified: iso,
  lastModifiedUser: z.string(),
  /** The label in SSM that keeps this version; null when it could not be set. */
  label: z.string().nullable(),
  fingerprint: fingerprintSchema,
});

/** What of a log group decides how much of it can be read. */
const logGroupSchema = z.object({
  /** `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`. */
  class: z.string(),
  kmsKey: z.string().nullable(),
  /** Whether a data protection policy masks events for whoever may not unmask them. */
  masked: z.boolean(),
  retentionDays: z.number().nullable(),
});

/** The trail's own files of the window, and what their digest chain proves. */
const trailSchema = z.object({
  name: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  logFiles: z.number(),
  digestFiles: z.number(),
  /** `valid`: every file of the window stands in a signed, unbroken chain. `pending`: its last digest is not there yet. */
  verdict: z.enum(["valid", "invalid", "pending", "unknown"]),
  /** The time that the chain vouches for. */
  from: iso.nullable(),
  through: iso.nullable(),
  problems: z.array(gapSchema),
});

/** How the sign-in logs come into the capture. */
const signInBase = {
  /** `request`: people are asked for an export. `attached`: theirs is here. `graph`: pulled from Microsoft Graph. */
  route: z.enum(["request", "attached", "graph"]),
  /** Display name of the application whose sign-ins they are. */
  application: z.string(),
  /** What is asked of whom; null when nobody has to be asked. */
  request: z.object({ id: z.string(), of: z.string(), deadline: iso }).nullable(),
  /** Why Microsoft Graph was not used although the runbook names it; null otherwise. */
  note: z.string().nullable(),
};

/** A question that was asked of preserved audit records; the items are the answer's tables. */
const querySource = {
  question: z.object({ kind: z.string(), value: z.string().nullable() }),
  from: iso,
  to: iso,
  /** From when on there were records to compare with; null when there were none. */
  baselineFrom: iso.nullable(),
  /** The captures that were asked, by their seals. */
  asked: z.array(z.object({ capture: z.string(), manifestSha256: digest })),
  /** `gaps`: objects of which nothing could be read. */
  read: z.object({ objects: z.number(), records: z.number(), unreadable: z.number(), gaps: z.number() }),
};

/** An IAM role that the tasks run with, as it was. */
const roleSchema = z.object({
  arn: z.string(),
  use: z.enum(["task", "execution"]),
  key: z.string().nullable(),
});

/** The role that the incident is about, with digests of the very text of its policies. */
const principalRoleSchema = z.object({
  arn: z.string(),
  /** IAM's unique id: a role that is deleted and made again has another one. */
  id: z.string(),
  key: z.string(),
  trustSha256: digest,
  inline: z.array(z.object({ name: z.string(), sha256: digest })),
});

export const sourceSchema = z.discriminatedUnion("source", [
  z.object({
    source: z.literal("cloudwatch-logs"),
    ...sourceBase,
    streams: z.array(streamSchema),
    group: logGroupSchema.optional(),
    /** How many GetLogEvents a second the account may make, and who says so. */
    quota: z.object({ getLogEventsPerSecond: z.number(), saidBy: z.string() }).optional(),
  }),
  z.object({
    source: z.literal("audit-logs"),
    ...sourceBase,
    deleteMarkers: z.array(z.object({ key: z.string(), versionId: z.string(), at: iso })),
    /** Versions that were written over what the first listing had, while it was being copied: they are items too. */
    overwritten: z.array(z.object({ key: z.string(), versionId: z.string(), at: iso })).optional(),
    /** The S3 Batch Operations job that copied, when there were too many objects for one runner. */
    batch: z.object({ jobId: z.string(), objects: z.number(), failed: z.number() }).optional(),
  }),
  z.object({
    source: z.literal("ecs"),
    ...sourceBase,
    service: z.string(),
    tasks: z.array(taskSchema),
    roles: z.array(roleSchema).optional(),
  }),
  z.object({ source: z.literal("ssm-parameter"), ...sourceBase, parameter: parameterSchema.nullable() }),
  z.object({
    source: z.literal("cloudtrail"),
    ...sourceBase,
    lookups: z.array(lookupSchema),
    trail: trailSchema.nullable().optional(),
  }),
  z.object({ source: z.literal("iam-role"), ...sourceBase, role: principalRoleSchema.nullable() }),
  z.object({ source: z.literal("github-actions"), ...sourceBase, runs: z.array(runSchema) }),
  z.object({ source: z.literal("entra-sign-in"), ...sourceBase, ...signInBase }),
  z.object({ source: z.literal("query"), ...sourceBase, ...querySource }),
]);

export const itemSchema = z.object({
  source: z.string(),
  /** Full key in the vault. */
  key: z.string(),
  versionId: z.string().nullable(),
  size: z.number().int(),
  /** Null only for copies above 5 GiB, of which S3 gives a composite checksum (see `detail`). */
  sha256: digest.nullable(),
  /** How it got there: copied inside S3, streamed through gzip, or put as one document. */
  method: z.enum(["copy", "stream", "put"]),
  collectedAt: iso,
  origin: z.object({
    uri: z.string(),
    versionId: z.string().optional(),
    lastModified: iso.optional(),
    etag: z.string().optional(),
  }),
  detail: counts.optional(),
});

export type ManifestSource = z.infer<typeof sourceSchema>;
export type SourceOf<Name extends ManifestSource["source"]> = Extract<ManifestSource, { source: Name }>;
export type ManifestItem = z.infer<typeof itemSchema>;
export type Gap = z.infer<typeof gapSchema>;
export type Pending = z.infer<typeof pendingSchema>;
export type CapturedStream = z.infer<typeof streamSchema>;
export type CapturedTask = z.infer<typeof taskSchema>;
export type CapturedRun = z.infer<typeof runSchema>;
export type DocumentedRole = z.infer<typeof principalRoleSchema>;
export type DocumentedParameter = z.infer<typeof parameterSchema>;
