import { z } from "zod";
import { livePolicy, meansTheSame } from "../evidence/audit-trail/live-policy.ts";
import type { SealedCapture } from "../evidence/manifest.ts";
import type { ManifestItem } from "../evidence/source-schema.ts";
import { POLICY_DOCUMENT } from "../evidence/sources/bucket-policy.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import type { Aws } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { readObject } from "../vault/vault.ts";
import { type CheckContext, refusal } from "./request.ts";

/** A bucket's policy as it is now, as S3 gives it; null in it when the bucket has none. */
export interface LivePolicy {
  bucket: string;
  text: string | null;
}

export async function readLivePolicy(s3: Aws["s3"], bucket: string): Promise<LivePolicy> {
  return { bucket, text: await livePolicy(s3, bucket) };
}

const documentSchema = z.object({ bucket: z.string(), sha256: z.string().nullable() });

/** The item of a capture that documents the audit bucket's policy. */
export function policyItem({ manifest }: SealedCapture): ManifestItem | undefined {
  return manifest.items.find(({ key }) => key.endsWith(`/${POLICY_DOCUMENT}.json`));
}

/**
 * The policy that is about to be replaced is in the capture: by its digest it is the live one, or the one that this
 * incident's own unfinished change has replaced already.
 */
export async function checkPolicyDocumented(
  context: CheckContext,
  sealed: SealedCapture,
  live: LivePolicy,
): Promise<Refusal[]> {
  const { record, request } = context;
  const again = `Document the policy as it is now: ${preserveCommand(record)}`;
  const documented = await read(context, sealed);
  if (documented?.bucket !== live.bucket) {
    const message = `Capture ${sealed.capture} does not document the policy of the bucket ${live.bucket}.`;
    return [refusal("bucket-policy-not-documented", message, again)];
  }
  const own = request.ownPolicyChange?.();
  const possible = [live.text, ...(own && meansTheSame(own.put, live.text) ? own.replaced : [])];
  if (possible.some((text) => digestOf(text) === documented.sha256)) return [];
  const message = `The policy of the bucket ${live.bucket} is not as capture ${sealed.capture} documents it: it changed since.`;
  const find = "Find out who changed it (CloudTrail, PutBucketPolicy, DeleteBucketPolicy).";
  return [refusal("bucket-policy-changed-since-documented", message, `${find} ${again}`)];
}

/** That the object is the one that the manifest lists is checked with all others. */
async function read(
  { record }: CheckContext,
  sealed: SealedCapture,
): Promise<z.infer<typeof documentSchema> | undefined> {
  const item = policyItem(sealed);
  const bytes = item && (await readObject(record.vault, item.key));
  if (!bytes || sha256(bytes) !== item.sha256) return undefined;
  try {
    return documentSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

function digestOf(text: string | null): string | null {
  return text === null ? null : sha256(text);
}
