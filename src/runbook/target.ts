import { badInput, quoted } from "../errors.ts";
import type { Runbook } from "./schema.ts";

/** Everything the runbook says about one mcp in one environment, its templates filled in. */
export interface Target {
  environment: string;
  mcp: string;
  region: string;
  cluster: string;
  vault: string;
  auditBucket: string;
  /** Key layout of the audit bucket; only the date parts are still placeholders. */
  auditLayout: string;
  githubEnvironment: string;
  /** The GitHub environment of those who may break the glass; null when the runbook names none. */
  breakGlassEnvironment: string | null;
  evidenceRole: string;
  containmentRole: string;
  /** The AWS account, from the evidence role's ARN. */
  accountId: string;
  /** Above so many audit objects S3 Batch Operations copies them, under this role; null when the runbook has no such section. */
  batchCopy: { aboveObjects: number; role: string } | null;
  /** The trail whose own files are collected, by name or ARN; null when the runbook names none. */
  trail: string | null;
  /** The KMS key that signs manifests, as ARN or alias; null when the runbook names none. */
  signingKey: string | null;
  /** Where CloudWatch Logs exports to before the vault gets its copy; null when the runbook names no bucket. */
  logExportBucket: string | null;
  service: string;
  logGroup: string;
  parameter: string;
  /** Display name of its application in Microsoft Entra ID. */
  application: string;
  /** Folder of the rotation command, relative to the repository's root. */
  folder: string;
}

/** Resolves an environment and an mcp. @throws FirebreakError when the runbook knows no such environment or mcp. */
export function resolveTarget(runbook: Runbook, environment: string, mcp: string): Target {
  const settings = environmentOf(runbook, environment);
  if (!settings.mcps.includes(mcp)) {
    throw badInput(
      "mcp",
      `is not an mcp of environment ${environment}: ${quoted(mcp)}`,
      `Give one of ${settings.mcps.join(", ")}, or add it to environments.${environment}.mcps in the runbook.`,
    );
  }
  const { batch_copy: batch } = runbook.evidence;
  const accountId = /^arn:[^:]*:iam::(\d{12}):/.exec(settings.evidence_role)?.[1] ?? "";
  const fill = (template: string) => template.replaceAll("{env}", environment).replaceAll("{name}", mcp);
  return {
    environment,
    mcp,
    region: settings.region,
    cluster: fill(settings.cluster),
    vault: fill(settings.vault),
    auditBucket: fill(settings.audit_bucket),
    auditLayout: fill(runbook.evidence.audit_log_layout),
    githubEnvironment: fill(settings.github_environment),
    breakGlassEnvironment:
      settings.break_glass_environment === undefined ? null : fill(settings.break_glass_environment),
    evidenceRole: fill(settings.evidence_role),
    containmentRole: fill(settings.containment_role),
    accountId,
    batchCopy: batch
      ? {
          aboveObjects: batch.above_objects,
          role: fill(batch.role.replaceAll("{account}", accountId)),
        }
      : null,
    trail: runbook.evidence.trail ? fill(runbook.evidence.trail.name) : null,
    signingKey: runbook.evidence.signing ? fill(runbook.evidence.signing.kms_key) : null,
    logExportBucket: runbook.evidence.log_export ? fill(runbook.evidence.log_export.bucket) : null,
    service: fill(runbook.naming.service),
    logGroup: fill(runbook.naming.log_group),
    parameter: fill(runbook.naming.parameter),
    application: fill(runbook.naming.application ?? runbook.naming.service),
    folder: fill(runbook.naming.folder),
  };
}

/** Where an environment's incidents live, before an mcp is known. @throws FirebreakError for an unknown environment. */
export function resolveVault(runbook: Runbook, environment: string): { vault: string; region: string } {
  const { vault, region } = environmentOf(runbook, environment);
  return { vault: vault.replaceAll("{env}", environment), region };
}

/** The vaults and audit buckets of all environments. */
export function evidenceBuckets({ environments }: Runbook): Set<string> {
  const buckets = Object.entries(environments).flatMap(([id, { vault, audit_bucket }]) =>
    [vault, audit_bucket].map((bucket) => bucket.replaceAll("{env}", id)),
  );
  return new Set(buckets);
}

/** An environment's settings, templates not filled in. @throws FirebreakError when the runbook has no such environment. */
export function environmentOf(runbook: Runbook, environment: string): Runbook["environments"][string] {
  const settings = Object.hasOwn(runbook.environments, environment)
    ? runbook.environments[environment]
    : undefined;
  if (!settings) {
    throw badInput(
      "environment",
      `is not in the runbook: ${quoted(environment)}`,
      `Give one of ${Object.keys(runbook.environments).join(", ")}.`,
    );
  }
  return settings;
}
