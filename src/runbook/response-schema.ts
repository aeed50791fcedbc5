import { z } from "zod";
import { id, severityId, template } from "./schema-parts.ts";

/** How people are told, how long things may take, what the law asks, and which signals declare an incident. */

const wholeMinutes = z
  .number()
  .int()
  .min(1)
  .max(525_600)
  .meta({ description: "whole minutes", examples: [30] });

/** The SSM parameter, a SecureString, that holds a webhook's URL: whoever knows the URL may post. */
const webhook = ssmParameter("/firebreak/{env}/webhooks/oncall");

function ssmParameter(example: string) {
  return template(["env"], example).refine((value) => /^\/[\w.{}/-]{1,1000}$/.test(value), {
    error: "is not the name of an SSM parameter that begins with /",
  });
}

/** One way to reach a contact. */
export const channel = z.union([
  /** A topic of the environment's account and region. */
  z.strictObject({ sns: template(["env"], "alarms-{env}") }),
  /** Amazon SES, to the contact's e-mail address. */
  z.strictObject({ ses: z.literal(true).meta({ description: "true", examples: [true] }) }),
  z.strictObject({ slack: webhook }),
  z.strictObject({ teams: webhook }),
  /** A mention in the issue: a login, or `organisation/team`. */
  z.strictObject({
    github: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}(\/[A-Za-z0-9][\w.-]{0,99})?$/)
      .meta({ description: "a GitHub login, or organisation/team", examples: ["octo-org/security"] }),
  }),
]);

export const channels = z.array(channel).min(1);

export const telephone = z
  .string()
  .regex(/^\+[0-9][0-9 ]{4,19}$/)
  .meta({ description: "a telephone number with its country code", examples: ["+45 12 34 56 78"] });

/** Until somebody acknowledges, they are told again. */
export const repeat = z.strictObject({
  severities: z.array(severityId),
  types: z.array(id),
  every_minutes: wholeMinutes,
  at_most: z
    .number()
    .int()
    .min(1)
    .max(100)
    .meta({ description: "how often", examples: [8] }),
});

const perSeverity = z.strictObject({
  critical: wholeMinutes,
  high: wholeMinutes,
  medium: wholeMinutes,
  low: wholeMinutes,
});

export const clocks = z.strictObject({
  /** Reminders before a deadline, in percent of the time that there is. */
  remind_at_percent: z
    .array(z.number().int().min(1).max(99))
    .max(10)
    .meta({ description: "whole numbers from 1 to 99", examples: [[50, 80]] }),
  /** After a deadline, again and again. */
  overdue_every_hours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .meta({ description: "whole hours", examples: [24] }),
  overdue_at_most: z
    .number()
    .int()
    .min(1)
    .max(100)
    .meta({ description: "how often", examples: [5] }),
  /** Minutes from the declaration, by severity. */
  targets: z.strictObject({
    acknowledge: perSeverity,
    preserve: perSeverity,
    contain: perSeverity,
    resolve: perSeverity,
  }),
});

const hours = z
  .number()
  .int()
  .min(1)
  .max(8760)
  .meta({ description: "whole hours", examples: [72] });

/** Where personal data is involved: who is told, and when authorities have to be. */
export const personalData = z.strictObject({
  /** The contact for data protection. */
  officer: id,
  /** Article 33 of the GDPR: hours from awareness, in calendar hours. */
  gdpr_hours: hours,
  /** Article 23 of the NIS2 directive; absent where the organisation is not in scope. */
  nis2: z
    .strictObject({
      early_warning_hours: hours,
      notification_hours: hours,
      final_report_months: z
        .number()
        .int()
        .min(1)
        .max(12)
        .meta({ description: "months", examples: [1] }),
    })
    .optional(),
});

const alert = z.strictObject({ row: id, severity: severityId.optional(), type: id.optional() });
/** `active`: what to propose of a secret that works; critical when absent. */
const secretAlert = alert.extend({ active: severityId.optional() });

export const intake = z.strictObject({
  /** How CloudWatch calls the alarms of the detection table. */
  alarm_name: template(["env", "name", "alarm"], "connector-{name}-{alarm}-{env}").refine(
    (value) => value.includes("{name}") && value.includes("{alarm}"),
    { error: "has to hold {name} and {alarm}, or nobody could tell the alarms apart" },
  ),
  /** The same indicator on the same mcp within so many minutes joins the open incident. */
  join_within_minutes: wholeMinutes,
  /** Where nothing says which environment and mcp an alert is about. */
  default_environment: id,
  default_mcp: id,
  /** The least severity, as GitHub has it, at which a code scanning alert declares an incident. */
  code_scanning_from: z
    .enum(["critical", "high", "medium", "low"])
    .meta({ description: "critical, high, medium or low", examples: ["high"] }),
  /** The detection row of code scanning and secret scanning alerts; or for each its row, and what to propose instead. */
  alerts: z.union([id, z.strictObject({ code: alert, secret: secretAlert })]),
  /**
   * The SSM parameter, a SecureString, with a token that may read secret scanning alerts: no job's own token may. Without
   * it they are not polled.
   */
  secret_scanning_token: ssmParameter("/firebreak/{env}/github/secret-scanning").optional(),
  /** The detection row of each issue form, by the form's label. */
  forms: z.record(id, id),
});

/** From whom e-mail comes: an identity that SES has verified. */
export const emailFrom = z.email().meta({ examples: ["incidents@example.com"] });
