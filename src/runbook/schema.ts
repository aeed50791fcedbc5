import { z } from "zod";
import { dataSources } from "./data-sources-schema.ts";
import { entra } from "./entra-schema.ts";
import { evidence } from "./evidence-schema.ts";
import { querySchema, triageSchema } from "./query-schema.ts";
import { channels, clocks, emailFrom, intake, personalData, repeat, telephone } from "./response-schema.ts";
import { rotation } from "./rotation-schema.ts";
import { bucketName, id, minutes, perMcp, roleArn, severityId, template, text } from "./schema-parts.ts";
import { userPrincipal } from "./user-principal.ts";

/**
 * The shape of `runbook.yml`. This schema is the only description of it: it checks, it types, and
 * `runbook.schema.json` is generated from it for editors.
 */

const severity = z.strictObject({ name: text, criteria: text, examples: z.array(text).min(1) });

const alarm = z.strictObject({
  name: text,
  indicators: z.array(text).min(1),
  triage: triageSchema.optional(),
});

const detection = z.strictObject({
  alarms: z.strictObject({
    topic: template(["env"], "alarms-{env}"),
    definitions: text,
    per_mcp: z.record(id, alarm),
  }),
  manual: z.record(
    id,
    z.strictObject({
      name: text,
      query: text,
      look_for: z.array(text).min(1),
      triage: triageSchema.optional(),
    }),
  ),
  external: z
    .array(
      z.strictObject({
        id: id.optional(),
        from: text,
        contact: id.optional(),
        what: text,
        triage: triageSchema.optional(),
      }),
    )
    .min(1),
});

/** `only_with_personal_data`: told when personal data is involved, whatever the severity above `from`. */
const recipient = z.union([
  z.strictObject({ contact: id, from: severityId, only_with_personal_data: z.boolean().optional() }),
  z.strictObject({
    team: text,
    topic: template(["env"], "alarms-{env}"),
    from: severityId,
    /** Further ways than the topic, tried when it fails. */
    channels: channels.optional(),
  }),
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
  /** Where a signal declared the incident, a person confirms it all the same, or changes the severity. */
  person_decides: z.boolean().optional(),
  /** Done as well once a message has reached each of these, of `notify`: contacts and teams. */
  told: z.array(text).min(1).optional(),
  /** Once it is done, a contained incident is only watched. */
  leads_to: z
    .literal("monitoring")
    .meta({ description: "monitoring", examples: ["monitoring"] })
    .optional(),
});

const escalation = z.strictObject({
  notify: z.array(recipient).min(1),
  repeat: repeat.optional(),
  /** From whom e-mail comes, an identity of SES; without it nobody gets any. */
  email_from: emailFrom.optional(),
  steps: z.array(escalationStep).min(1),
});

/** Under which category a ticket for them is opened. */
const servicenowCategory = text.meta({
  description: "a category of ServiceNow",
  examples: ["Emergency token revocation"],
});

const contact = z.strictObject({
  role: text,
  name: text.optional(),
  email: z
    .email()
    .meta({ examples: ["security@example.com"] })
    .optional(),
  fill_in: text.meta({ description: "what is still to be found out" }).optional(),
  servicenow_category: servicenowCategory.optional(),
  /** In the order in which they are tried, until one has worked. E-mail, where there is an address, when absent. */
  channels: channels.optional(),
  telephone: telephone.optional(),
});

/** The actions that a play may run by itself. */
export const PLAY_ACTIONS = [
  "scale-down",
  "rotate-secret",
  "revoke-role",
  "block-user",
  "protect-audit-logs",
] as const;

/** What is taken from a role: its sessions so far, its trust policy, or both. */
export const REVOCATIONS = ["sessions", "trust", "both"] as const;

/** The kinds of ledger entry that show a manual step to be done. */
const MANUAL_TICKS = ["secret-disabled", "restored"] as const;

/** Up to 60 days. */
const deadlineMinutes = z
  .number()
  .int()
  .min(1)
  .max(86_400)
  .meta({ description: "whole minutes from the incident's declaration", examples: [60] });

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
      /** Counted from the incident's declaration. */
      deadline_minutes: deadlineMinutes.optional(),
      done_when: z.enum(MANUAL_TICKS).optional(),
      /** Another than the contact's. */
      servicenow_category: servicenowCategory.optional(),
      /** Taken only where this action is not: where the runbook does not let it, or it could not be planned. */
      instead_of: z.enum(PLAY_ACTIONS).optional(),
      /** One step for each data source of the mcp, for its owner, who has to say how it was found. */
      for_each: z
        .literal("data-source")
        .meta({ description: "data-source", examples: ["data-source"] })
        .optional(),
    }),
  ),
});

const userName = text
  .refine((value) => userPrincipal(value) !== undefined, {
    error: "is neither a user principal name nor the object id of a user",
  })
  .meta({ description: "a user principal name or an object id", examples: ["break-glass@example.com"] });

const containment = z.strictObject({
  capture_wait_minutes: minutes,
  settle_minutes: minutes,
  /** What is taken from a role whose use is unauthorized, where the dispatch does not say. */
  revoke: z
    .enum(REVOCATIONS)
    .meta({ description: "sessions, trust or both", examples: ["sessions"] })
    .optional(),
  /** Roles that no play touches, break-glass roles above all, by name or ARN. */
  protected_roles: z
    .array(
      template(["env"], "break-glass-{env}").refine(
        (value) => /^(arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/{}-]+|[\w+=,.@{}-]{1,70})$/.test(value),
        { error: "is neither the name nor the ARN of an IAM role" },
      ),
    )
    .optional(),
  /** Users whom no play blocks, break-glass accounts above all, by user principal name or object id. */
  protected_users: z.array(userName).optional(),
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

const naming = z.strictObject({
  service: perMcp("connector-{name}-{env}"),
  log_group: perMcp("/ecs/connector-{name}-{env}"),
  parameter: perMcp("/connectors/{env}/{name}/client-secret"),
  /** The display name of the mcp's application in Microsoft Entra ID; the service's name when absent. */
  application: perMcp("connector-{name}-{env}").optional(),
  folder: perMcp("infra/{name}/").refine(
    (value) => !value.startsWith("/") && !value.split("/").includes(".."),
    { error: "must stay inside the repository" },
  ),
});

const environment = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .meta({ description: "an AWS region", examples: ["eu-west-1"] }),
  cluster: template(["env"], "connectors-{env}"),
  vault: bucketName,
  audit_bucket: bucketName,
  /** The policy that the audit bucket must have: a JSON file of the repository, with `{bucket}` for its name. */
  audit_bucket_policy: template(["env"], "policies/audit-bucket.json").optional(),
  /** No lifecycle rule of the audit bucket may expire a record before. */
  audit_retention_days: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .meta({ description: "whole days", examples: [400] })
    .optional(),
  github_environment: template(["env"], "containment-{env}"),
  /** Whose reviewers may let a Critical incident be contained without its evidence; nobody may when absent. */
  break_glass_environment: template(["env"], "break-glass-{env}").optional(),
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
    entra: entra.optional(),
    review,
    rotation,
    containment,
    naming,
    /** How audit records are laid out and what is out of the ordinary in them. */
    query: querySchema.optional(),
    /** What lies behind the tools of each mcp, and whose it is. */
    data_sources: dataSources.optional(),
    clocks: clocks.optional(),
    personal_data: personalData.optional(),
    /** Signals that declare incidents by themselves. */
    intake: intake.optional(),
    environments: z.record(id, environment),
  })
  .meta({ title: "Firebreak runbook", description: "An organisation's incident-response runbook as data." });

export type Runbook = z.infer<typeof runbookSchema>;
export type SeverityId = z.infer<typeof severityId>;
export type Revocation = (typeof REVOCATIONS)[number];
export type PlayAction = (typeof PLAY_ACTIONS)[number];
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
