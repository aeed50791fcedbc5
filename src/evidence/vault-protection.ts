import { GetBucketVersioningCommand, GetObjectLockConfigurationCommand } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Clock, Log } from "../ports.ts";
import type { Vault } from "../vault/vault.ts";
import { patiently } from "./patience.ts";

/** What keeps the evidence in the vault from being overwritten and deleted, as S3 tells it. */
export const vaultProtectionSchema = z.object({
  versioning: z.enum(["enabled", "suspended", "off", "unknown"]),
  objectLock: z.enum(["enabled", "off", "unknown"]),
  /** The bucket's default retention, for example `COMPLIANCE, 365 days`; null when it has none or nobody may ask. */
  defaultRetention: z.string().nullable(),
});

export type VaultProtection = z.infer<typeof vaultProtectionSchema>;

/**
 * Asks S3 for the bucket's versioning and Object Lock, and warns of what they leave open; `unknown` is what S3 does not
 * tell. Never throws: a capture is worth making into a vault that cannot be asked.
 */
export async function checkProtection(
  vault: Vault,
  { clock, log }: { clock: Clock; log: Log },
): Promise<VaultProtection> {
  const [versioning, lock] = await Promise.all([readVersioning(vault, clock), readLock(vault, clock)]);
  // S3 lets nobody suspend versioning where Object Lock is on
  // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).
  const protection: VaultProtection = {
    ...lock,
    versioning: lock.objectLock === "enabled" ? "enabled" : versioning,
  };
  for (const weakness of weaknesses(vault.bucket, protection)) log.warning(weakness);
  if (protection.versioning === "unknown" || protection.objectLock === "unknown")
    log.info(
      `How the vault ${vault.bucket} is protected is unknown: allow s3:GetBucketVersioning and s3:GetBucketObjectLockConfiguration.`,
    );
  return protection;
}

/** One sentence for each way in which evidence could be lost from a vault that is protected like this. */
export function weaknesses(
  bucket: string,
  { versioning, objectLock, defaultRetention }: VaultProtection,
): string[] {
  const found: string[] = [];
  if (versioning === "off" || versioning === "suspended")
    found.push(`Versioning of the vault ${bucket} is ${versioning}: evidence can be overwritten unnoticed.`);
  if (objectLock === "off") found.push(`The vault ${bucket} has no Object Lock: evidence can be deleted.`);
  if (objectLock === "enabled" && defaultRetention === null)
    found.push(
      `Object Lock of the vault ${bucket} has no default retention: it locks nothing that is written there.`,
    );
  return found;
}

async function readVersioning(vault: Vault, clock: Clock): Promise<VaultProtection["versioning"]> {
  try {
    const { Status } = await patiently(clock, () =>
      vault.s3.send(new GetBucketVersioningCommand({ Bucket: vault.bucket })),
    );
    return Status === "Enabled" ? "enabled" : Status === "Suspended" ? "suspended" : "off";
  } catch {
    return "unknown";
  }
}

async function readLock(
  vault: Vault,
  clock: Clock,
): Promise<Pick<VaultProtection, "objectLock" | "defaultRetention">> {
  try {
    const { ObjectLockConfiguration: lock } = await patiently(clock, () =>
      vault.s3.send(new GetObjectLockConfigurationCommand({ Bucket: vault.bucket })),
    );
    const { Mode, Days, Years } = lock?.Rule?.DefaultRetention ?? {};
    return {
      objectLock: lock?.ObjectLockEnabled === "Enabled" ? "enabled" : "off",
      defaultRetention: Mode ? `${Mode}, ${Years ? `${Years} years` : `${Days ?? 0} days`}` : null,
    };
  } catch (error) {
    const none = (error as Error).name === "ObjectLockConfigurationNotFoundError";
    return { objectLock: none ? "off" : "unknown", defaultRetention: null };
  }
}
