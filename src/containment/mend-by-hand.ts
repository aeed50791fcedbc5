import { BUCKET_CHANGES, OBJECT_CHANGES, TRAIL_CHANGES } from "../evidence/audit-trail/events.ts";
import { verifyTrailCommand, type Where } from "../incident/commands.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { shown } from "./deny-by-hand.ts";

/** So many are named; the verdict has them all. */
const NAMED = 8;

/** What lies changed and cannot be put back as it was, and the policy, which the play puts back itself. */
const NOT_TO_MEND = ["PutBucketPolicy", "DeleteBucketPolicy", "DeleteObject", "DeleteObjects"];
const CHANGES = [...BUCKET_CHANGES, ...TRAIL_CHANGES, ...OBJECT_CHANGES].filter(
  (name) => !NOT_TO_MEND.includes(name),
);

/** As the check of the audit trail names settings that it read, and events of CloudTrail that changed them. */
const PROTECTION = new RegExp(`^(versioning of|lifecycle rule|the trail) |^(${CHANGES.join("|")}) \\(`);

/**
 * What was changed of the records' protection besides the bucket's policy: versioning, lifecycle rules, the trail. The
 * play changes none of it, and no bucket policy makes up for it: a lifecycle rule deletes whatever the policy denies
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html). Null where the verdict has none.
 */
export function mendByHand(verdict: LedgerEntry<"audit-trail-verified">, where: Where): string | null {
  const { findings, more = 0 } = verdict.data;
  const changed = findings
    .filter(({ weight, what }) => weight === "tampered" && PROTECTION.test(what))
    .map(({ what, why }) => inWords(`${what}: ${why}`));
  if (changed.length === 0 && more === 0) return null;
  const left = changed.length - NAMED;
  const named = [
    ...changed.slice(0, NAMED),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(more > 0 ? [`and whatever is among the ${more} findings that the ledger has no room for`] : []),
  ].join("; ");
  return `Mend what else protects or records the audit records, which Firebreak does not change and the bucket's policy does not make up for: ${named}. Then check the audit trail anew: ${verifyTrailCommand(where)}`;
}

/** Names of rules and sessions are chosen by whoever makes them. */
function inWords(text: string): string {
  return text
    .replace(/[()]/g, "")
    .slice(0, 300)
    .split(/\s+/)
    .map((word) => shown(word))
    .join(" ");
}
