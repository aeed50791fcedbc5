/**
 * Where moto 5.2.5 does otherwise than AWS documents, reviewed row by row. The row's page is right in every case: that
 * is why moto is a second opinion here and not the platform. A difference that is not listed fails the suite, and so
 * does one that is listed and has gone.
 */
import type { Observation } from "./row.ts";

export interface KnownDifference {
  /** The row's id. */
  readonly row: string;
  /** What moto shows instead of the row's expectation. */
  readonly moto: Observation;
  readonly why: string;
}

const ACCEPTED = { ok: true };

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    row: "s3-put-wrong-sha256",
    moto: { put: ACCEPTED, head: ACCEPTED },
    why: "It stores the checksum that the client claims and never computes its own.",
  },
  { row: "s3-put-malformed-sha256", moto: ACCEPTED, why: "It does not look at the checksum's form either." },
  { row: "s3-put-wrong-md5", moto: ACCEPTED, why: "It does not compare Content-MD5 with the body." },
  {
    row: "s3-head-checksum-mode",
    moto: { unasked: null },
    why: "HeadObject never tells the checksum that came with the upload.",
  },
  {
    row: "s3-get-delete-marker-by-id",
    moto: { error: "NoSuchVersion", status: 404 },
    why: "It treats the delete marker's version as missing.",
  },
  { row: "s3-copy-if-none-match-taken", moto: ACCEPTED, why: "It knows If-None-Match for PutObject alone." },
  {
    row: "s3-copy-if-source-changed",
    moto: ACCEPTED,
    why: "It ignores the conditions on the copy's source.",
  },
  {
    row: "s3-multipart-composite-sha256",
    moto: { sha256: "0hQ1NEwcHSbD3GZfo5AZ8GlxaoQuJC6z7Na7f8YmJXI=", parts: "-1" },
    why: "The composite digest lacks the number of parts, and its type is not told.",
  },
  {
    row: "s3-multipart-wrong-part-sha256",
    moto: ACCEPTED,
    why: "As with PutObject, the checksum is not computed.",
  },
  {
    row: "s3-multipart-part-order",
    moto: { error: "EntityTooSmall", status: 400 },
    why: "It looks at the parts' sizes before their order.",
  },
  {
    row: "s3-multipart-aborted",
    moto: { error: "Error", status: 500 },
    why: "Completing an upload that is gone makes it fail inside.",
  },
  { row: "s3-lock-never-shortened", moto: ACCEPTED, why: "Any retention replaces any other." },
  {
    row: "s3-lock-extended",
    moto: { error: "Error", status: 200 },
    why: "The answer of GetObjectRetention cannot be read by the SDK.",
  },
  { row: "s3-lock-in-the-past", moto: ACCEPTED, why: "It does not compare the date with the present." },
  {
    row: "s3-policy-deny",
    moto: { delete: { error: "Unknown", status: 403 }, put: ACCEPTED },
    why: "It refuses, but the refusal has no error code in the form that S3 gives it.",
  },
  {
    row: "ssm-select-version",
    moto: { value: "value 1", version: 1, selector: null },
    why: "The answer does not repeat the selector.",
  },
  {
    row: "ssm-select-label",
    moto: { value: "value 2", version: 2, selector: null },
    why: "The answer does not repeat the selector.",
  },
  {
    row: "ssm-unknown-version",
    moto: {
      version: { error: "ParameterVersionNotFound", status: 400 },
      label: { error: "ParameterNotFound", status: 400 },
    },
    why: "It takes an unknown label for an unknown parameter.",
  },
  {
    row: "ssm-describe",
    moto: { version: 2, dated: true, value: false, author: false },
    why: "It records no author.",
  },
  {
    row: "logs-get-window",
    moto: { messages: ["two", "three", "four"] },
    why: "It includes the end time, as FilterLogEvents does and GetLogEvents does not.",
  },
  {
    row: "logs-filter-streams",
    moto: { byName: ["mine"], byPrefix: ["mine", "other"] },
    why: "It ignores the prefix of stream names.",
  },
  { row: "logs-filter-names-and-prefix", moto: ACCEPTED, why: "It ignores the prefix of stream names." },
  {
    row: "logs-export-one-at-a-time",
    moto: { first: ACCEPTED, second: ACCEPTED },
    why: "Its export tasks are finished as soon as they are created.",
  },
  { row: "sts-web-identity-forged", moto: ACCEPTED, why: "It does not look at the token." },
  { row: "sts-web-identity-short-session", moto: ACCEPTED, why: "It takes any duration." },
  { row: "ecs-describe-eleven-services", moto: ACCEPTED, why: "It has no limit on the names in one call." },
  {
    row: "ecs-describe-missing-task",
    moto: { tasks: 0, reasons: [] },
    why: "It leaves missing tasks out instead of reporting them.",
  },
  {
    row: "ecs-force-new-deployment",
    moto: { primaryIsNew: true, old: null, rollout: "IN_PROGRESS" },
    why: "It keeps one deployment only, so the old one is gone at once.",
  },
  {
    row: "ecs-service-runs-its-tasks",
    moto: { tasks: 0, running: 0 },
    why: "It starts no tasks for a service.",
  },
  {
    row: "autoscaling-suspended-by-default",
    moto: { suspended: {} },
    why: "It tells only what was set.",
  },
  {
    row: "autoscaling-minimum-above-maximum",
    moto: ACCEPTED,
    why: "It does not compare minimum and maximum.",
  },
  { row: "sns-longest-subject", moto: ACCEPTED, why: "It takes a subject of exactly 100 characters." },
  { row: "sns-subject-of-lines", moto: ACCEPTED, why: "It looks at a subject's length alone." },
  { row: "sns-subject-not-ascii", moto: ACCEPTED, why: "It looks at a subject's length alone." },
];
