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
  evidenceRole: string;
  containmentRole: string;
  /** The KMS key that signs manifests, as ARN or alias; null when the runbook names none. */
  signingKey: string | null;
  service: string;
  logGroup: string;
  parameter: string;
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
    evidenceRole: fill(settings.evidence_role),
    containmentRole: fill(settings.containment_role),
    signingKey: runbook.evidence.signing ? fill(runbook.evidence.signing.kms_key) : null,
    service: fill(runbook.naming.service),
    logGroup: fill(runbook.naming.log_group),
    parameter: fill(runbook.naming.parameter),
    folder: fill(runbook.naming.folder),
  };
}

/** Where an environment's incidents live, before an mcp is known. @throws FirebreakError for an unknown environment. */
export function resolveVault(runbook: Runbook, environment: string): { vault: string; region: string } {
  const { vault, region } = environmentOf(runbook, environment);
  return { vault: vault.replaceAll("{env}", environment), region };
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
