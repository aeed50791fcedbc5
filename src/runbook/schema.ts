import { z } from "zod";

/**
 * The shape of `runbook.yml`. This schema is the only description of it: it checks, it types, and
 * `runbook.schema.json` is generated from it for editors.
 */

const text = z
  .string()
  .trim()
  .min(1)
  .meta({ examples: ["Isolate the service"] });
const id = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(60)
  .meta({ description: "lower-case words joined by hyphens", examples: ["service-outage"] });

/** A name template: literal text with placeholders in braces from `allowed`. */
function template(allowed: readonly string[], example: string) {
  const names = allowed.map((name) => `{${name}}`).join(" ");
  return z
    .string()
    .trim()
    .min(1)
    .refine(
      (value) => [...value.matchAll(/\{([^{}]*)\}/g)].every((match) => allowed.includes(match[1] ?? "")),
      {
        error: `has a placeholder that is not one of ${names}`,
        abort: true,
      },
    )
    .meta({ description: `text with the placeholders ${names}`, examples: [example] });
}

/** A template that gives every mcp a name of its own: two that share one would be contained together. */
function perMcp(example: string) {
  return template(["env", "name"], example).refine((value) => value.includes("{name}"), {
    error: "has to hold {name}, or all mcps would share it",
  });
}

const severityId = z
  .enum(["critical", "high", "medium", "low"])
  .meta({ description: "a severity: critical, high, medium or low", examples: ["medium"] });

const positiveHours = z
  .number()
  .int()
  .min(1)
  .max(2160)
  .meta({ description: "whole hours", examples: [24] });
const minutes = z
  .number()
  .int()
  .min(1)
  .max(1440)
  .meta({ description: "whole minutes", examples: [30] });

const severity = z.strictObject({ name: text, criteria: text, examples: z.array(text).min(1) });

const alarm = z.strictObject({ name: text, indicators: z.array(text).min(1) });

const detection = z.strictObject({
  alarms: z.strictObject({
    topic: template(["env"], "alarms-{env}"),
    definitions: text,
    per_mcp: z.record(id, alarm),
  }),
  manual: z.record(id, z.strictObject({ name: text, query: text, look_for: z.array(text).min(1) })),
  external: z.array(z.strictObject({ from: text, contact: id.optional(), what: text })).min(1),
});

const recipient = z.union([
  z.strictObject({ contact: id, from: severityId }),
  z.strictObject({ team: text, topic: template(["env"], "alarms-{env}"), from: severityId }),
]);

/** The kinds of ledger entry that may tick a step of the escalation process. */
export const STEP_TICKS = ["declared", "contained", "capture-sealed", "reviewed"] as const;

const escalationStep = z.strictObject({
  id,
  name: text,
  text,
  from: severityId.optional(),
  only_with_personal_data: z.boolean().optional(),
  done_when: z.enum(STEP_TICKS).optional(),
});

const escalation = z.strictObject({
  notify: z.array(recipient).min(1),
  steps: z.array(escalationStep).min(1),
});

const contact = z.strictObject({
  role: text,
  name: text.optional(),
  email: z
    .email()
    .meta({ examples: ["security@example.com"] })
    .optional(),
  fill_in: text.meta({ description: "what is still to be found out" }).optional(),
});

/** The actions that a play may run by itself. */
export const PLAY_ACTIONS = ["scale-down", "rotate-secret"] as const;

/** The kinds of ledger entry that show a manual step to be done. */
const MANUAL_TICKS = ["secret-disabled", "restored"] as const;

const incidentType = z.strictObject({
  name: text,
  needs_principal: z.boolean().optional(),
  automatic: z.array(z.strictObject({ action: z.enum(PLAY_ACTIONS), text })),
  manual: z.array(
    z.strictObject({
      id,
      text,
      contact: id.optional(),
      before_automatic: z.boolean().optional(),
      done_when: z.enum(MANUAL_TICKS).optional(),
    }),
  ),
});

/** The sources that a capture can collect by itself. */
export const CAPTURE_SOURCES = [
  "cloudwatch-logs",
  "audit-logs",
  "ecs",
  "ssm-parameter",
  "cloudtrail",
  "github-actions",
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

const evidence = z.strictObject({
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
  timestamp_authorities: z
    .array(z.url({ protocol: /^https?$/ }).meta({ examples: ["http://timestamp.example.com"] }))
    .min(1)
    .optional(),
  /** Object Lock of what is written to the vault; the bucket's default retention when absent. */
  retention: retention.optional(),
});

const day = z
  .string()
  .refine(isCalendarDay, { error: "is not a day of the calendar" })
  .meta({ description: "a date, YYYY-MM-DD", examples: ["2026-12-24"] });

const review = z.strictObject({
  from: severityId,
  business_days: z.number().int().min(1).max(60),
  folder: text.meta({ examples: ["docs/compliance/incident-reviews/"] }),
  columns: z.array(text).length(6),
  holidays: z.strictObject({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .meta({ description: "ISO 3166 country code", examples: ["DK"] }),
    state: text.optional(),
    extra: z.array(day),
  }),
});

const rotation = z.strictObject({
  strategy: z.enum(["terragrunt"]),
  command: z.array(text).min(1).meta({ description: "the command and its arguments, run without a shell" }),
  timeout_minutes: minutes,
});

const naming = z.strictObject({
  service: perMcp("connector-{name}-{env}"),
  log_group: perMcp("/ecs/connector-{name}-{env}"),
  parameter: perMcp("/connectors/{env}/{name}/client-secret"),
  folder: perMcp("infra/{name}/").refine(
    (value) => !value.startsWith("/") && !value.split("/").includes(".."),
    { error: "must stay inside the repository" },
  ),
});

const roleArn = template(["env"], "arn:aws:iam::111122223333:role/firebreak-evidence-{env}").refine(
  (value) => /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/{}-]+$/.test(value),
  { error: "is not the ARN of an IAM role" },
);
const bucket = template(["env"], "firebreak-vault-{env}").refine(
  (value) => /^[a-z0-9][a-z0-9.{}-]{1,70}[a-z0-9}]$/.test(value),
  { error: "is not the name of an S3 bucket" },
);

const environment = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .meta({ description: "an AWS region", examples: ["eu-west-1"] }),
  cluster: template(["env"], "connectors-{env}"),
  vault: bucket,
  audit_bucket: bucket,
  github_environment: template(["env"], "containment-{env}"),
  evidence_role: roleArn,
  containment_role: roleArn,
  mcps: z.array(id).min(1).meta({ description: "the mcps that run there" }),
});

export const runbookSchema = z
  .strictObject({
    schema: z.literal("firebreak/runbook/v1"),
    organisation: text,
    time_zone: z
      .string()
      .refine(isTimeZone, { error: "is not an IANA time zone" })
      .meta({ examples: ["Europe/Copenhagen"] }),
    severities: z.strictObject({ critical: severity, high: severity, medium: severity, low: severity }),
    detection,
    escalation,
    contacts: z.record(id, contact),
    incident_types: z.record(id, incidentType),
    evidence,
    review,
    rotation,
    containment: z.strictObject({ capture_wait_minutes: minutes, settle_minutes: minutes }),
    naming,
    environments: z.record(id, environment),
  })
  .meta({ title: "Firebreak runbook", description: "An organisation's incident-response runbook as data." });

export type Runbook = z.infer<typeof runbookSchema>;
export type SeverityId = z.infer<typeof severityId>;
export type PlayAction = (typeof PLAY_ACTIONS)[number];
export type CaptureSource = (typeof CAPTURE_SOURCES)[number];
export type IncidentType = z.infer<typeof incidentType>;
export type EscalationStep = z.infer<typeof escalationStep>;

function isCalendarDay(value: string): boolean {
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  return parsed !== undefined && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
