import { z } from "zod";
import { login, text } from "./schema-parts.ts";
import { dispatch, step } from "./step-schema.ts";

/** The shape of a scenario file. `docs/drills.md` explains it field by field. */

const slug = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(60)
  .meta({ description: "lower-case words joined by hyphens", examples: ["service-outage"] });
const count = (most: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(most)
    .meta({ description: `a whole number from 0 to ${most}` });
const seconds = z
  .number()
  .min(0)
  .max(86_400)
  .meta({ description: "simulated seconds", examples: [30] });
const hours = z
  .number()
  .min(0)
  .max(2160)
  .meta({ description: "hours", examples: [24] });
const days = z
  .number()
  .min(0)
  .max(3650)
  .meta({ description: "days", examples: [90] });

const user = z.strictObject({
  login,
  name: text.optional(),
  /** `none`: a stranger, who may read and comment where the repository is public. */
  permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]).default("write"),
  kind: z.enum(["User", "Bot"]).optional(),
});

const environment = z.strictObject({
  /** The runbook's environment decides when absent. */
  name: text.optional(),
  required_reviewers: z.array(login).max(6).default([]),
  prevent_self_review: z.boolean().default(false),
  admins_can_bypass: z.boolean().default(true),
  wait_minutes: count(43_200).default(0),
});

const repository = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9-]+\/[\w.-]+$/)
    .meta({ description: "owner/name", examples: ["acme/platform"] })
    .default("acme/platform"),
  private: z.boolean().default(true),
  immutable_subject: z.boolean().default(false),
  /** Secrets of the repository that are tokens of people: name to login. */
  tokens: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), login).default({}),
  /** "Allow GitHub Actions to create and approve pull requests". */
  actions_may_propose: z.boolean().default(true),
  /** Variables of the repository, for the `vars` context. */
  variables: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()).default({}),
  users: z.array(user).default([
    { login: "oncall-engineer", name: "Freja Lund", permission: "write" },
    { login: "oncall-reviewer", name: "Jonas Krogh", permission: "maintain" },
  ]),
  environments: z.array(environment).default([
    {
      required_reviewers: ["oncall-reviewer"],
      prevent_self_review: true,
      admins_can_bypass: false,
      wait_minutes: 0,
    },
  ]),
});

const role = z.strictObject({
  /** `sub` claims that the trust policy accepts; `*` is a wildcard. */
  subjects: z.array(text).min(1).optional(),
});

const aws = z.strictObject({
  latency_ms: z.number().min(0).max(60_000).meta({ description: "simulated milliseconds" }).default(40),
  trail_delay_seconds: seconds.default(300),
  /** The trail that the runbook names, and its files. */
  trail: z
    .strictObject({
      exists: z.boolean().default(true),
      /** Since how long before the drill it has been logging. */
      logging_hours: hours.default(48),
      delivery_delay_seconds: seconds.default(120),
      digest_delay_seconds: seconds.default(300),
      /** False: no digest files. */
      validation: z.boolean().default(true),
      /** What somebody did to its files before the drill. */
      tampering: z
        .array(
          z.strictObject({
            do: z.enum([
              "delete-digest",
              "alter-digest",
              "delete-log-file",
              "alter-log-file",
              "add-log-file",
            ]),
            hours_ago: hours.default(3),
          }),
        )
        .default([]),
    })
    .prefault({}),
  vault: z
    .strictObject({
      mode: z.enum(["COMPLIANCE", "GOVERNANCE"]).default("COMPLIANCE"),
      retention_days: z.number().int().min(1).max(36_500).default(365),
    })
    .prefault({}),
  roles: z.strictObject({ evidence: role.prefault({}), containment: role.prefault({}) }).prefault({}),
  /** Export tasks of CloudWatch Logs. */
  log_export: z
    .strictObject({
      seconds: seconds.default(300),
      /** Somebody else's task runs for so long from the drill's beginning on. */
      others_minutes: count(1440).default(0),
      /** Younger events cannot be exported yet. */
      not_yet_exportable_minutes: count(1440).default(0),
      /** False: the bucket's policy does not let CloudWatch Logs write there. */
      allowed: z.boolean().default(true),
    })
    .prefault({}),
  /** What Amazon SES lets the account do. */
  email: z
    .strictObject({
      /** False: the sender of the runbook is no identity that SES has verified. */
      verified: z.boolean().default(true),
      /** True: recipients have to be verified, too, and none is. */
      sandbox: z.boolean().default(false),
    })
    .prefault({}),
  /** How long a change of a role's policies takes until calls are decided by it. */
  iam_propagation_seconds: seconds.default(0),
  task_start_seconds: seconds.default(20),
  task_stop_seconds: seconds.default(15),
});

const entraUser = z.strictObject({
  name: text.meta({ description: "a user principal name", examples: ["anna.friis@example.com"] }),
  display_name: text.optional(),
  /** A GUID; made from the seed when absent. */
  id: z.guid().optional(),
  enabled: z.boolean().default(true),
  guest: z.boolean().default(false),
  /** Kept in an Active Directory of the organisation's own. */
  synced: z.boolean().default(false),
});

const entra = z.strictObject({
  /** What an administrator has granted the runbook's application of Microsoft Graph. */
  grants: z.array(text).default([]),
  /** The same for the application of approved jobs, `containment_client_id`. */
  containment_grants: z.array(text).default([]),
  /** Users besides those of the mcps and the attacker, or in their place. */
  users: z.array(entraUser).default([]),
  /** Until a change of a user is read. */
  user_lag_seconds: seconds.default(0),
  /** Until the token endpoint knows of a client secret that was made or removed. */
  propagation_seconds: seconds.default(6),
  /** False: the tenant has no licence for sign-ins by Graph. */
  licensed: z.boolean().default(true),
  /** Of each mcp's application. */
  sign_ins: count(1_000_000).default(120),
  /** Until a sign-in is shown. */
  delay_seconds: seconds.default(300),
});

const container = z.strictObject({
  name: slug,
  image: text.optional(),
  stream_prefix: slug.default("ecs"),
});

const version = z.strictObject({
  days_ago: days,
  by: text.optional(),
  /** A made-up secret; one of Entra's shape is made from the seed when absent. */
  value: text.optional(),
  labels: z.array(text).max(10).default([]),
});

const mcp = z.strictObject({
  name: slug,
  tasks: count(50).default(2),
  containers: z
    .array(container)
    .min(1)
    .default([{ name: "mcp", stream_prefix: "ecs" }]),
  /** Log events of each container of each task, spread over the log's hours. */
  log: z
    .strictObject({
      events_per_task: count(10_000_000).default(800),
      hours: hours.default(26),
      class: z.enum(["STANDARD", "INFREQUENT_ACCESS"]).default("STANDARD"),
      /** The KMS key that the group is encrypted with. */
      kms_key: z.enum(["none", "enabled", "disabled"]).default("none"),
      /** A data protection policy masks e-mail addresses. */
      masked: z.boolean().default(false),
    })
    .prefault({}),
  /** Log streams of tasks that ended before the drill. */
  ended_tasks: count(20).default(1),
  autoscaling: z
    .strictObject({ min: count(100), max: count(100) })
    .nullable()
    .default({ min: 2, max: 6 }),
  audit: z
    .strictObject({
      objects_per_hour: count(100_000).default(4),
      hours: hours.default(26),
      records: count(1000).default(8),
    })
    .prefault({}),
  parameter: z.strictObject({ versions: z.array(version).min(1).max(100) }).default({
    versions: [
      { days_ago: 160, labels: [] },
      { days_ago: 70, labels: [] },
    ],
  }),
  users: z
    .array(text)
    .min(1)
    .default(["anna.friis@example.com", "mads.holm@example.com", "lea.bruun@example.com"]),
});

const attacker = z.strictObject({
  started_minutes_ago: z.number().min(0).max(10_000).default(35),
  user: text.default("svc-reporting@example.com"),
  source_ip: z.ipv4().default("203.0.113.77"),
  log_lines: count(10_000).default(80),
  audit_records: count(10_000).default(40),
  parameter_reads: count(100).default(2),
});

const fault = z.strictObject({
  service: text.default("*"),
  operation: text.default("*"),
  kind: z.enum(["throttle", "server-error", "drop", "slow", "deny"]),
  rate: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: "the chance per call, 0 to 1", examples: [0.05] }),
  limit: count(1_000_000).optional(),
  call: z.number().int().min(1).optional(),
  /** Only calls on this, for example the parameter that holds a webhook's URL. */
  subject: text.optional(),
  delay_ms: z.number().min(0).max(600_000).optional(),
  lost_answer: z.boolean().optional(),
});

/** What starts an event or an approval's delay. */
const trigger = z.union([
  z.enum(["dispatched", "asked", "approved", "copying", "sealed"]),
  z.strictObject({ after_seconds: seconds }),
  /** The first call of this operation that AWS answers with success. */
  z.strictObject({ call: text }),
  /** By the job's id, or by its name: `contain (servicenow)`. */
  z.strictObject({ job: text, state: z.enum(["queued", "waiting", "in_progress", "completed"]) }),
]);

const approval = z.strictObject({
  /** Any environment when absent. */
  environment: text.optional(),
  /** Path of the workflow whose runs it is for; any when absent. */
  workflow: text.optional(),
  by: login,
  state: z.enum(["approved", "rejected"]).default("approved"),
  comment: z.string().max(1000).default(""),
  when: trigger.default("asked"),
  after_seconds: seconds.default(45),
  /** False: the answer is what the scenario rehearses, so nobody is asked at the terminal. */
  ask: z.boolean().default(true),
});

const timing = { when: trigger, after_seconds: seconds.default(0), mcp: slug.optional() };

const event = z.discriminatedUnion("do", [
  z.strictObject({ ...timing, do: z.literal("replace_task") }),
  z.strictObject({ ...timing, do: z.literal("put_parameter"), by: text.optional() }),
  z.strictObject({
    ...timing,
    do: z.literal("set_scaling"),
    min: count(100).optional(),
    max: count(100).optional(),
    suspended: z.boolean().optional(),
  }),
  z.strictObject({ ...timing, do: z.literal("set_desired_count"), to: count(100) }),
  /** A running task goes on running, whatever ECS wants of it. */
  z.strictObject({ ...timing, do: z.literal("hold_task") }),
  z.strictObject({
    ...timing,
    do: z.literal("fail_deployments"),
    mode: z.enum(["fail", "stuck"]).default("fail"),
    reason: text.default("CannotPullContainerError: pull image manifest has been retried 5 time(s)"),
    rollback: z.boolean().default(true),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("change_policy"),
    bucket: z.enum(["vault", "audit"]),
    policy: z.record(z.string(), z.unknown()),
    by: text.optional(),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("use_role"),
    /** The role's name; `{service}` is the mcp's service. */
    role: text,
    /** When its session was begun, in minutes before the drill; at the moment of the call when absent. */
    begun_minutes_before: z.number().min(0).max(600).optional(),
    /** Lists the audit bucket, or deletes a record from it that is not there. */
    call: z.enum(["list", "delete"]).default("list"),
    /** What the call has to get; anything else ends the drill. */
    expect: z.enum(["accepted", "refused"]),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("change_role"),
    role: text,
    trust: z.record(z.string(), z.unknown()),
    by: text.optional(),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("change_user"),
    /** User principal name. */
    user: text,
    enabled: z.boolean().optional(),
    synced: z.boolean().optional(),
    /** Another user principal name. */
    name: text.optional(),
    /** Ends the user's sessions, as the identity team or a new password does. */
    end_sessions: z.boolean().default(false),
  }),
  z.strictObject({
    ...timing,
    do: z.literal("sign_in"),
    user: text,
    /** When the session was begun, in minutes before the drill; a new sign-in when absent. */
    begun_minutes_before: z.number().min(0).max(100_000).optional(),
    /** What it has to get; anything else ends the drill. */
    expect: z.enum(["accepted", "refused"]),
  }),
  z.strictObject({ ...timing, do: z.literal("overwrite_audit_object"), by: text.optional() }),
  z.strictObject({ ...timing, do: z.literal("delete_audit_object"), by: text.optional() }),
  z.strictObject({ ...timing, do: z.literal("deliver_sign_ins"), records: count(100_000).default(50) }),
  z.strictObject({
    ...timing,
    do: z.literal("append_log_events"),
    count: count(100_000).default(10),
    message: text.optional(),
    /** How old the events are when they arrive. */
    minutes_old: count(20_160).default(0),
  }),
]);

const expectation = z.strictObject({
  conclusion: z.enum(["success", "failure", "cancelled"]).default("success"),
  /** Conclusion by job id, or by name where a matrix has several; of every run of the drill, the later run wins. */
  jobs: z.record(text, z.enum(["success", "failure", "cancelled", "skipped"])).default({}),
  /** Reasons that a gate must have refused with. */
  refusals: z.array(slug).default([]),
  /** Changing calls by the containment role. */
  changing_calls: z.enum(["none", "some"]).optional(),
  service: z.strictObject({ desired: count(100).optional(), running: count(100).optional() }).optional(),
  /** Texts that must occur in the jobs' logs. */
  messages_contain: z.array(text).default([]),
});

/** ISO 8601 with a time zone. */
export const startSchema = z.iso.datetime({ offset: true });

export const scenarioSchema = z.strictObject({
  name: slug,
  description: text,
  seed: z.number().int().min(0).max(4_294_967_295).default(1),
  speed: z
    .number()
    .min(0.1)
    .max(1000)
    .meta({ description: "simulated seconds in one second", examples: [20] })
    .default(20),
  /** The drill begins now when absent. */
  start: startSchema.optional(),
  /** The runbook's environment that the incident is in. */
  environment: slug.default("dev"),
  repository: repository.prefault({}),
  aws: aws.prefault({}),
  entra: entra.prefault({}),
  /** The runbook's mcps that are left out get the defaults. */
  mcps: z.array(mcp).default([]),
  attacker: attacker.nullable().prefault({}),
  faults: z.array(fault).default([]),
  dispatch,
  /** What comes first in place of the dispatch, whose inputs then only say what there is to be seeded. */
  begin: step.optional(),
  /** What comes after it, each once the one before and the runs that it started have ended. */
  afterwards: z.array(step).default([]),
  approvals: z.array(approval).default([]),
  events: z.array(event).default([]),
  /** Files laid over the repository that the jobs check out: path to text. */
  files: z.record(text, z.string()).default({}),
  /** Text of files of the repository that other text takes the place of: path to pairs. Each has to stand there once. */
  replace: z.record(text, z.array(z.strictObject({ text, with: z.string() }))).default({}),
  /** Text put at the end of files of the repository: path to text. */
  append: z.record(text, z.string()).default({}),
  /** Commands put first on the jobs' PATH: name to script, relative to the scenario's folder. */
  stand_ins: z.record(z.string().regex(/^[\w.-]+$/), text).default({}),
  expect: expectation.prefault({}),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioMcp = z.output<typeof mcp>;
export type ScenarioAttacker = z.output<typeof attacker>;
export type ScenarioEvent = z.output<typeof event>;
export type ScenarioApproval = z.output<typeof approval>;
export type Trigger = z.output<typeof trigger>;
export type Expectation = z.output<typeof expectation>;

/** An mcp about which a scenario says nothing but its name. */
export function defaultMcp(name: string): ScenarioMcp {
  return mcp.parse({ name });
}
