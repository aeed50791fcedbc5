import { z } from "zod";

/** What the runbook says about audit records: how a record is laid out, and what is out of the ordinary. */

/** The name of a member of an audit record, as the records spell it; not a path into one. */
const field = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/)
  .meta({ description: "the name of a field in the audit records", examples: ["user"] });

const outcome = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ["error"] });

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "a time of day, HH:MM, in the runbook's time zone", examples: ["07:00"] });

/** Monday is the first. */
export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** The columns that questions are asked of, each with the field that fills it; `time` is ISO 8601 with a time zone. */
const auditRecords = z.strictObject({
  time: field,
  user: field,
  tool: field,
  session: field,
  outcome: field,
  source_ip: field.optional(),
  request: field.optional(),
});

export const querySchema = z.strictObject({
  audit_records: auditRecords,
  /** The outcomes that count as errors. */
  error_outcomes: z.array(outcome).min(1),
  business_hours: z
    .strictObject({ from: timeOfDay, to: timeOfDay, days: z.array(z.enum(WEEKDAYS)).min(1) })
    .refine(({ from, to }) => from < to, { error: "has to end after it begins", path: ["to"] }),
  /** How far back the ordinary is looked for, before the window that is asked about. */
  baseline_days: z
    .number()
    .int()
    .min(1)
    .max(90)
    .meta({ description: "whole days", examples: [30] }),
  /** Beyond so many GiB of audit records the job asks Athena. */
  local_up_to_gigabytes: z
    .number()
    .int()
    .min(1)
    .max(200)
    .meta({ description: "whole GiB", examples: [10] }),
});

export type QuerySettings = z.infer<typeof querySchema>;

/** What the audit records can be asked for signs of. */
export const SIGNS = ["errors", "new-users", "off-hours", "volume"] as const;
export type Sign = (typeof SIGNS)[number];

const severity = z
  .enum(["critical", "high", "medium", "low"])
  .meta({ description: "a severity: critical, high, medium or low", examples: ["medium"] });

/** How a row of the detection table is triaged. */
export const triageSchema = z.strictObject({
  /** Which signs in the audit records bear it out; empty where they cannot. */
  ask: z.array(z.enum(SIGNS)),
  /** The incident type and severity to propose when it is borne out, or when the audit records cannot say. */
  type: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    .meta({ description: "an incident type of the runbook", examples: ["service-outage"] }),
  severity,
  /** Instead, when all that was found is about one user. */
  single_user: severity.optional(),
  /** When the signs are not there. */
  otherwise: severity.optional(),
});

export type TriageRule = z.infer<typeof triageSchema>;
