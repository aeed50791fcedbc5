import type { Finding } from "./locate.ts";
import type { Runbook } from "./schema.ts";

/** What has to be apart, over all environments: roles, and buckets with evidence from all others. */

type Environment = Runbook["environments"][string];

interface Named {
  environment: string;
  name: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Two roles that are one, or a vault that is another bucket too, would undo what separates evidence from change. */
export function separation(runbook: Runbook): Finding[] {
  return [...roles(runbook), ...buckets(runbook)];
}

function roles(runbook: Runbook): Finding[] {
  const changing = named(runbook, ({ containment_role }) => containment_role);
  const collecting = named(runbook, ({ evidence_role }) => evidence_role);
  const { batch_copy: batch } = runbook.evidence;
  const copying = batch
    ? named(runbook, ({ evidence_role }) =>
        batch.role.replaceAll("{account}", /:(\d{12}):/.exec(evidence_role)?.[1] ?? ""),
      )
    : [];
  return [
    ...shared(changing, collecting).map((id) => ({
      path: ["environments", id, "containment_role"],
      message: "is the evidence role, too: whoever collects evidence could change the service",
      write: "a role of its own",
    })),
    ...shared(copying, changing)
      .slice(0, 1)
      .map(() => ({
        path: ["evidence", "batch_copy", "role"],
        message: "is a containment role, too: a copying job could change the service",
        write: "a role of its own",
      })),
  ];
}

function buckets(runbook: Runbook): Finding[] {
  const vaults = named(runbook, ({ vault }) => vault);
  const audits = named(runbook, ({ audit_bucket }) => audit_bucket);
  const { log_export } = runbook.evidence;
  const exports = log_export ? named(runbook, () => log_export.bucket) : [];
  const twice = vaults.filter(({ name }, index) => vaults.findIndex((one) => one.name === name) !== index);
  return [
    ...shared(vaults, audits).map((id) => ({
      path: ["environments", id, "vault"],
      message: "is the audit bucket, too: evidence would lie among what it is evidence of",
      write: "a bucket of its own",
    })),
    ...twice.map(({ environment, name }) => ({
      path: ["environments", environment, "vault"],
      message: `is another environment's vault, too: ${name}`,
      write: "a bucket of its own, for example with {env} in its name",
    })),
    ...shared(exports, [...vaults, ...audits])
      .slice(0, 1)
      .map(() => ({
        path: ["evidence", "log_export", "bucket"],
        message:
          "is a vault or an audit bucket, too: CloudWatch Logs writes there without care for what is there",
        write: "a bucket of its own",
      })),
    ...[
      ...misnamed(vaults, ({ environment }) => ["environments", environment, "vault"]),
      ...misnamed(audits, ({ environment }) => ["environments", environment, "audit_bucket"]),
      ...misnamed(exports, () => ["evidence", "log_export", "bucket"]).slice(0, 1),
    ],
  ];
}

function misnamed(list: readonly Named[], path: (one: Named) => string[]): Finding[] {
  return list
    .filter(({ name }) => !BUCKET.test(name))
    .map((one) => ({
      path: path(one),
      message: `gives '${one.name}', which is not the name of an S3 bucket`,
      write: "3 to 63 small letters, digits, dots and hyphens",
    }));
}

/** A name in every environment, `{env}` filled in. */
function named({ environments }: Runbook, of: (settings: Environment) => string): Named[] {
  return Object.entries(environments).map(([environment, settings]) => ({
    environment,
    name: of(settings).replaceAll("{env}", environment),
  }));
}

/** The environments whose name is one of `others`, of whichever environment. */
function shared(list: readonly Named[], others: readonly Named[]): string[] {
  const taken = new Set(others.map(({ name }) => name));
  return list.filter(({ name }) => taken.has(name)).map(({ environment }) => environment);
}
