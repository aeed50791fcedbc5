import type { Gap } from "../source-schema.ts";
import type { BrokenDigest, Digest } from "./digest-file.ts";

/**
 * The chain of digest files: each names the one before, with its hash and signature, so that none can be changed or
 * taken away unnoticed, but for the newest.
 */

export interface CheckedChain {
  /** What is broken or missing, by name. */
  problems: Gap[];
  /** The unbroken time up to the newest digest, in milliseconds; null when there is none. */
  from: number | null;
  through: number | null;
  /** Log files by key: their hash, and the digest that states it. */
  vouched: Map<string, { sha256: string; digest: string }>;
}

/**
 * Checks one region's digests of a trail, each with its signature checked already. They are those that end after
 * `from`, in milliseconds: the one before the first is not looked for.
 */
export function checkChain(
  digests: readonly (Digest | BrokenDigest)[],
  backfills: readonly (Digest | BrokenDigest)[],
  { from, bucket }: { from: number; bucket: string },
): CheckedChain {
  const problems: Gap[] = [];
  let run: { from: number; through: number } | null = null;
  let before: Digest | BrokenDigest | null = null;
  for (const digest of [...digests].sort((a, b) => a.end - b.end)) {
    if ("broken" in digest) {
      problems.push({ what: digest.key, why: digest.broken });
      run = null;
    } else {
      const link: Gap | null = before ? linkProblem(before, digest) : startProblem(digest, from);
      if (link) problems.push(link);
      const joined: boolean = run !== null && link === null;
      run = { from: joined && run ? run.from : digest.start, through: digest.end };
    }
    before = digest;
  }
  problems.push(...backfillProblems(backfills, from));
  const valid = [...digests, ...backfills].filter((one): one is Digest => !("broken" in one));
  const vouched: CheckedChain["vouched"] = new Map();
  for (const digest of valid) {
    for (const file of digest.logFiles) {
      if (file.bucket === bucket) vouched.set(file.key, { sha256: file.sha256, digest: digest.key });
      else
        problems.push({
          what: `s3://${file.bucket}/${file.key}`,
          why: `stands in ${digest.key}, and lies in a bucket that the trail no longer delivers to`,
        });
    }
  }
  return { problems, from: run?.from ?? null, through: run?.through ?? null, vouched };
}

/** What is wrong between a digest and the one that lies before it. */
function linkProblem(before: Digest | BrokenDigest, digest: Digest): Gap | null {
  const { previous } = digest;
  if (!previous)
    return {
      what: `${iso(before.end)} to ${iso(digest.start)}`,
      why: `${digest.key} begins a new chain: logging or validation was off before`,
    };
  if (previous.key !== before.key || previous.bucket !== before.bucket) return missing(digest);
  if ("broken" in before) return null;
  if (previous.sha256 !== before.sha256 || previous.signature !== before.signature)
    return { what: before.key, why: `is not the file that ${digest.key} names as the one before it` };
  return null;
}

function startProblem(digest: Digest, from: number): Gap | null {
  if (digest.previous) return endOf(digest.previous.key) > from ? missing(digest) : null;
  return digest.start > from
    ? {
        what: `${iso(from)} to ${iso(digest.start)}`,
        why: `${digest.key} begins the chain: logging or validation was off before`,
      }
    : null;
}

/** Backfill digests have a chain of their own, with long pauses. */
function backfillProblems(backfills: readonly (Digest | BrokenDigest)[], from: number): Gap[] {
  const keys = new Map(backfills.map((one) => [one.key, one]));
  return backfills.flatMap((digest): Gap[] => {
    if ("broken" in digest) return [{ what: digest.key, why: digest.broken }];
    if (!digest.previous || endOf(digest.previous.key) <= from) return [];
    const before = keys.get(digest.previous.key);
    const link = before ? linkProblem(before, digest) : missing(digest);
    return link ? [link] : [];
  });
}

function missing({ key, previous }: Digest): Gap {
  return { what: previous?.key ?? "", why: `missing: ${key} names it as the digest file before it` };
}

/** The end of a digest's time by its key; 0 when it does not say. */
function endOf(key: string): number {
  const [, year, month, day, hour, minute, second] =
    /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_backfill)?\.json\.gz$/.exec(key) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) || 0;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
