import { labelSchema } from "../evidence/label.ts";
import type { SealedCapture } from "../evidence/manifest.ts";
import type { ManifestItem } from "../evidence/source-schema.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import { sha256 } from "../vault/digest.ts";
import { headObject, readObject } from "../vault/vault.ts";
import type { LiveParameter } from "./live-parameter.ts";
import type { LiveRole } from "./live-role.ts";
import type { LiveTask } from "./live-tasks.ts";
import { checkParameter } from "./parameter.ts";
import { checkPolicyDocumented, type LivePolicy, policyItem } from "./policy-documented.ts";
import { type CheckContext, refusal } from "./request.ts";
import { checkRole } from "./role-documented.ts";
import { checkSources } from "./sources-held.ts";
import { tasksCovered } from "./tasks-covered.ts";

/** What runs now, as far as the change concerns it; null where the change does not. */
export interface LiveState {
  tasks: LiveTask[] | null;
  parameter: LiveParameter | null;
  role: LiveRole | null;
  bucketPolicy: LivePolicy | null;
}

/** Why this capture does not allow the change; nothing when it does. One capture has to cover all of it. */
export async function captureServes(
  context: CheckContext,
  sealed: SealedCapture,
  live: LiveState,
): Promise<Refusal[]> {
  const coverage = tasksCovered(context, sealed, live.tasks ?? []);
  const itemsNeeded = sealed.manifest.items.filter(
    ({ source }) => (live.parameter && source === "ssm-parameter") || (live.role && source === "iam-role"),
  );
  const policy = live.bucketPolicy && policyItem(sealed);
  if (policy) itemsNeeded.push(policy);
  const missingKeys: string[] = [];
  for (const key of coverage.keys) {
    const item = sealed.manifest.items.find((candidate) => candidate.key === key);
    if (item) itemsNeeded.push(item);
    else missingKeys.push(key);
  }
  return [
    ...sealStands(context, sealed),
    ...(await labelComplete(context, sealed)),
    ...checkSources(context, sealed),
    ...coverage.refusals,
    ...(live.parameter ? checkParameter(context, sealed, live.parameter) : []),
    ...(live.role ? checkRole(context, sealed, live.role) : []),
    ...(live.bucketPolicy ? await checkPolicyDocumented(context, sealed, live.bucketPolicy) : []),
    ...missingKeys.map((key) => altered(context, key, "is not listed in the manifest")),
    ...(await itemsStand(context, itemsNeeded)),
  ];
}

/** The manifest is the one whose digest the ledger holds, of this incident and this mcp. */
function sealStands(
  context: CheckContext,
  { capture, manifest, key, sha256: digest }: SealedCapture,
): Refusal[] {
  const { record } = context;
  const entry = record.all("capture-sealed").findLast(({ data }) => data.capture === capture);
  const { incident, environment, mcp } = manifest;
  if (!entry) {
    const message = `Capture ${capture} is sealed, and the ledger does not say so.`;
    return [refusal("capture-unrecorded", message, `Preserve again: ${preserveCommand(context.record)}`)];
  }
  if (entry.data.manifestSha256 !== digest) {
    return [
      altered(
        context,
        key,
        `has the SHA-256 ${digest}; the ledger's entry ${entry.sequence} says ${entry.data.manifestSha256}`,
      ),
    ];
  }
  if (incident !== record.id || environment !== record.target.environment || mcp !== record.target.mcp) {
    return [altered(context, key, `is of ${incident}, ${mcp} in ${environment}`)];
  }
  return [];
}

/** The label says what the runbook asks for: incident date, description, name of the person who exported. */
async function labelComplete(
  context: CheckContext,
  { capture, manifest }: SealedCapture,
): Promise<Refusal[]> {
  const { vault, id } = context.record;
  const bytes = await readObject(vault, manifest.label.key);
  if (!bytes) return [altered(context, manifest.label.key, "is missing")];
  if (sha256(bytes) !== manifest.label.sha256) {
    return [altered(context, manifest.label.key, "does not have the SHA-256 that the manifest says")];
  }
  const label = labelSchema.safeParse(parseJson(bytes));
  if (label.success && label.data.incident === id) return [];
  const fields = label.success
    ? ["incident"]
    : [...new Set(label.error.issues.map(({ path }) => path.join(".") || "the document"))];
  const message = `The label of capture ${capture} is not complete: ${fields.join(", ")}.`;
  return [refusal("label-incomplete", message, `Preserve again: ${preserveCommand(context.record)}`)];
}

/**
 * The items are in the vault as the manifest lists them: this version, of this size, with this digest. S3 has no
 * digest of a whole multipart upload; there the version id, whose bytes never change, has to do.
 */
async function itemsStand(context: CheckContext, items: readonly ManifestItem[]): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const item of items) {
    const object = await headObject(context.record.vault, item.key, item.versionId ?? undefined);
    if (!object)
      refusals.push(altered(context, item.key, `has no version ${item.versionId ?? ""} in the vault`));
    else if (object.size !== item.size) {
      refusals.push(altered(context, item.key, `has ${object.size} bytes; the manifest says ${item.size}`));
    } else if (object.sha256 !== null && item.sha256 !== null && object.sha256 !== item.sha256) {
      refusals.push(altered(context, item.key, "does not have the SHA-256 that the manifest says"));
    }
  }
  return refusals;
}

function altered(context: CheckContext, key: string, problem: string): Refusal {
  const message = `s3://${context.record.vault.bucket}/${key} ${problem}.`;
  const remedy = `Treat this as audit log tampering: compare the object's versions in the vault. Then preserve again: ${preserveCommand(context.record)}`;
  return refusal("evidence-altered", message, remedy);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
