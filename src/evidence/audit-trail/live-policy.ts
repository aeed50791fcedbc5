import { GetBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { Aws } from "../../ports.ts";
import { policyDifferences } from "./policy.ts";

/** A bucket's policy as S3 gives it; null when it has none. Read-only. */
export async function livePolicy(s3: Aws["s3"], bucket: string): Promise<string | null> {
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucketPolicy") return null;
    throw error;
  }
}

/** Whether two policies mean the same; what cannot be read as a policy only means itself. */
export function meansTheSame(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other;
  try {
    return policyDifferences(one, other).length === 0;
  } catch {
    return one === other;
  }
}
