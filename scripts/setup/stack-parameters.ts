/** The parameters of infra/'s stacks, as far as the runbook has them. */

import type { Runbook } from "../../src/runbook/schema.ts";
import { environmentOf } from "../../src/runbook/target.ts";
import { notificationsOf } from "./notifications.ts";

/** What the runbook does not say. */
export interface Around {
  /** `OWNER/NAME`, and the numeric ids of both. */
  repository: string;
  ownerId: number;
  repositoryId: number;
  defaultBranch: string;
  /** The bucket that the runbook's trail writes to. */
  trailBucket: string | null;
  /** The bucket to which sign-in logs are delivered. */
  deliveryBucket: string | null;
}

/** For infra/vault.yml. @throws FirebreakError for an environment that the runbook does not have. */
export function vaultParameters(runbook: Runbook, environment: string): Record<string, string> {
  const { settings, fill } = namesOf(runbook, environment);
  const { signing, log_export, batch_copy, retention } = runbook.evidence;
  return {
    Environment: environment,
    Vault: fill(settings.vault),
    ...aliasOf(fill(signing?.kms_key ?? "")),
    ...(log_export ? { LogExportBucket: fill(log_export.bucket) } : {}),
    ...(batch_copy ? { AuditBucket: fill(settings.audit_bucket) } : {}),
    ...(retention
      ? { RetentionMode: retention.mode.toUpperCase(), RetentionDays: String(retention.days) }
      : {}),
  };
}

/** For infra/roles.yml. @throws FirebreakError for an environment that the runbook does not have. */
export function roleParameters(
  runbook: Runbook,
  environment: string,
  around: Around,
): Record<string, string> {
  const { settings, fill, account } = namesOf(runbook, environment);
  const { signing, log_export, batch_copy, retention, trail } = runbook.evidence;
  const { repository, ownerId, repositoryId, defaultBranch, trailBucket, deliveryBucket } = around;
  const [owner, name] = repository.split("/");
  const services = fill(runbook.naming.service);
  const arn = (role: string) => (role.startsWith("arn:") ? role : `arn:aws:iam::${account}:role/${role}`);
  return {
    Environment: environment,
    Repository: repository,
    RepositoryWithIds: `${owner}@${ownerId}/${name}@${repositoryId}`,
    DefaultBranch: defaultBranch,
    ContainmentEnvironment: fill(settings.github_environment),
    BreakGlassEnvironment: fill(settings.break_glass_environment ?? ""),
    Cluster: fill(settings.cluster),
    Services: services,
    LogGroups: fill(runbook.naming.log_group),
    SsmParameters: fill(runbook.naming.parameter).replace(/^\//, ""),
    Vault: fill(settings.vault),
    AuditBucket: fill(settings.audit_bucket),
    ...aliasOf(fill(signing?.kms_key ?? "")),
    ...(trail && trailBucket ? { Trail: trailName(fill(trail.name)), TrailBucket: trailBucket } : {}),
    ...(log_export ? { LogExportBucket: fill(log_export.bucket) } : {}),
    ...(deliveryBucket ? { DeliveryBucket: deliveryBucket } : {}),
    BatchCopy: String(batch_copy !== undefined),
    Retention: String(retention !== undefined),
    ...notificationParameters(runbook, environment),
    ...scanningToken(runbook, environment),
    // Roles named after the services, such as a service's task role.
    RevocableRoles: `arn:aws:iam::${account}:role/${services}*`,
    ProtectedRoles: (runbook.containment.protected_roles ?? []).map((role) => arn(fill(role))).join(","),
  };
}

/** What people are told by. Left out is what the runbook does not have. */
function notificationParameters(runbook: Runbook, environment: string): Record<string, string> {
  const { settings, account } = namesOf(runbook, environment);
  const { topics, webhooks } = notificationsOf(runbook, environment);
  const arn = (service: string, name: string) => `arn:aws:${service}:${settings.region}:${account}:${name}`;
  const { email_from: sender } = runbook.escalation;
  return {
    ...(topics.length > 0 ? { Topics: topics.map((name) => arn("sns", name)).join(",") } : {}),
    ...(sender === undefined
      ? {}
      : {
          EmailFrom: sender,
          EmailIdentities: [sender, sender.slice(sender.lastIndexOf("@") + 1)]
            .map((identity) => arn("ses", `identity/${identity}`))
            .join(","),
        }),
    ...(webhooks.length > 0
      ? { WebhookParameters: webhooks.map(({ parameter }) => arn("ssm", `parameter${parameter}`)).join(",") }
      : {}),
  };
}

/** Alerts are polled in one environment only. */
function scanningToken({ intake, ...runbook }: Runbook, environment: string): Record<string, string> {
  if (intake?.secret_scanning_token === undefined || intake.default_environment !== environment) return {};
  const { settings, fill, account } = namesOf(runbook, environment);
  const name = fill(intake.secret_scanning_token);
  return { ScanningTokenParameter: `arn:aws:ssm:${settings.region}:${account}:parameter${name}` };
}

function namesOf(runbook: Runbook, environment: string) {
  const settings = environmentOf(runbook, environment);
  const fill = (template: string) => template.replaceAll("{env}", environment).replaceAll("{name}", "*");
  const account = /^arn:[^:]*:iam::(\d{12}):/.exec(settings.evidence_role)?.[1] ?? "";
  return { settings, fill, account };
}

function aliasOf(key: string): Record<string, string> {
  const [alias] = /alias\/.+$/.exec(key) ?? [];
  return alias === undefined ? {} : { SigningKeyAlias: alias };
}

function trailName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);
}
