/** What the check of the audit trail found, and what it adds up to. */

/**
 * `tampered`: records, or what protects them, were changed. `unclear`: it could not be read, so nobody can say.
 * `attempt`: somebody tried and was refused. `note`: what a reader should know; nothing follows from it.
 */
export type Weight = "tampered" | "unclear" | "attempt" | "note";

export interface Finding {
  weight: Weight;
  /** What it is about: a bucket, an object's version, a trail, an event by name and id. */
  what: string;
  why: string;
  /** True when it shows that the bucket's policy was changed. */
  policy?: boolean;
  /** Who did it, and when (UTC), where CloudTrail knows it. */
  changed?: { by: string; at: string | null };
}

export type Verdict = "intact" | "tampered" | "unclear";

/** One sign of tampering suffices; what could not be read is never taken for intact. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const weights = new Set(findings.map(({ weight }) => weight));
  if (weights.has("tampered")) return "tampered";
  return weights.has("unclear") ? "unclear" : "intact";
}

/** A question that could not be answered is a finding of its own and keeps nobody from asking the others. */
export async function asked(what: string, question: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await question();
  } catch (error) {
    const { name, message } = error as Error;
    return [{ weight: "unclear", what, why: `could not be read: ${name}: ${message}` }];
  }
}
