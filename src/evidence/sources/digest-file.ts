import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { ListPublicKeysCommand, type ListPublicKeysCommandOutput } from "@aws-sdk/client-cloudtrail";
import { z } from "zod";
import type { Aws, Clock } from "../../ports.ts";
import { patiently } from "../patience.ts";
import { type ReadFrom, unpack } from "./trail-read.ts";

/**
 * One digest file: CloudTrail's signed list of the log files that it delivered in an hour, with their hashes
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
 */

const LARGEST_DIGEST = 64 * 1024 * 1024;
const hash = z.string().regex(/^[0-9a-f]{64}$/i);

const digestSchema = z.object({
  digestStartTime: z.iso.datetime(),
  digestEndTime: z.iso.datetime(),
  digestS3Bucket: z.string(),
  digestS3Object: z.string(),
  digestPublicKeyFingerprint: z.string(),
  digestSignatureAlgorithm: z.string(),
  previousDigestS3Bucket: z.string().nullable(),
  previousDigestS3Object: z.string().nullable(),
  previousDigestHashValue: hash.nullable(),
  previousDigestSignature: z.string().nullable(),
  logFiles: z.array(
    z.object({ s3Bucket: z.string(), s3Object: z.string(), hashValue: hash, hashAlgorithm: z.string() }),
  ),
});

export interface Digest {
  bucket: string;
  key: string;
  /** The time in which what it lists was delivered, in milliseconds. */
  start: number;
  end: number;
  /** The digest before; null where a chain begins. */
  previous: { bucket: string; key: string; sha256: string; signature: string } | null;
  logFiles: { bucket: string; key: string; sha256: string }[];
  sha256: string;
  signature: string;
  fingerprint: string;
}

/** A digest file that proves nothing, and why. */
export interface BrokenDigest {
  bucket: string;
  key: string;
  end: number;
  broken: string;
}

/** CloudTrail's public keys of one region, by fingerprint. */
export type DigestKeys = ReadonlyMap<string, { key: KeyObject; pem: string }>;

/**
 * The keys that were valid in a time; every region has its own
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html). Read-only.
 */
export async function digestKeys(
  cloudtrail: Aws["cloudtrail"],
  clock: Clock,
  range: { from: number; to: number },
): Promise<DigestKeys> {
  const keys = new Map<string, { key: KeyObject; pem: string }>();
  let NextToken: string | undefined;
  do {
    const ask = new ListPublicKeysCommand({
      StartTime: new Date(range.from),
      EndTime: new Date(range.to),
      ...(NextToken ? { NextToken } : {}),
    });
    const page: ListPublicKeysCommandOutput = await patiently(clock, () => cloudtrail.send(ask));
    for (const { Value, Fingerprint } of page.PublicKeyList ?? []) {
      if (!Value || !Fingerprint) continue;
      const key = createPublicKey({ key: Buffer.from(Value), format: "der", type: "pkcs1" });
      keys.set(Fingerprint, { key, pem: key.export({ type: "spki", format: "pem" }).toString() });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return keys;
}

/**
 * Reads a digest file and checks all that it proves by itself: its form, that it lies where CloudTrail put it, and
 * its signature
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html).
 * `place` is where CloudTrail put it, `from` where it is read. Never throws for what the file holds.
 */
export async function readDigest(
  clock: Clock,
  place: { bucket: string; key: string; end: number },
  from: ReadFrom,
  keys: DigestKeys,
): Promise<Digest | BrokenDigest> {
  const broken = (why: string): BrokenDigest => ({ ...place, broken: why });
  try {
    const { content, sha256, metadata } = await unpack(clock, from, LARGEST_DIGEST);
    if (!content) return broken("is larger than any digest file");
    const parsed = digestSchema.safeParse(JSON.parse(content.toString("utf8")));
    if (!parsed.success) return broken("has not the form of a digest file");
    const { data } = parsed;
    if (data.digestS3Bucket !== place.bucket || data.digestS3Object !== place.key)
      return broken("was moved: by its own words it belongs elsewhere");
    const problem = signatureProblem(data, sha256, metadata, keys);
    return problem ? broken(problem) : digestOf(data, sha256, metadata.signature ?? "");
  } catch (error) {
    const { name, message } = error as Error;
    return broken(`cannot be read: ${name}: ${message}`);
  }
}

type DigestFile = z.infer<typeof digestSchema>;

/**
 * The signed text is the end time as written, the path, the SHA-256 of the uncompressed file, and the signature of the
 * digest before, or `null` in its place.
 */
function signatureProblem(
  file: DigestFile,
  sha256: string,
  metadata: Readonly<Record<string, string>>,
  keys: DigestKeys,
): string | null {
  const { signature } = metadata;
  const algorithm = metadata["signature-algorithm"];
  if (!signature || !/^([0-9a-f]{2})+$/i.test(signature)) return "has no signature";
  if (algorithm !== "SHA256withRSA" || file.digestSignatureAlgorithm !== algorithm)
    return "is not signed by SHA256withRSA";
  const signer = keys.get(file.digestPublicKeyFingerprint);
  if (!signer) return "names a key that CloudTrail does not list for this region and time";
  const path = `${file.digestS3Bucket}/${file.digestS3Object}`;
  const text = [file.digestEndTime, path, sha256, file.previousDigestSignature ?? "null"].join("\n");
  const holds = verify("RSA-SHA256", Buffer.from(text), signer.key, Buffer.from(signature, "hex"));
  return holds ? null : "has a signature that does not hold";
}

function digestOf(file: DigestFile, sha256: string, signature: string): Digest {
  const bucket = file.previousDigestS3Bucket;
  const key = file.previousDigestS3Object;
  return {
    bucket: file.digestS3Bucket,
    key: file.digestS3Object,
    start: Date.parse(file.digestStartTime),
    end: Date.parse(file.digestEndTime),
    previous:
      bucket === null || key === null
        ? null
        : {
            bucket,
            key,
            sha256: (file.previousDigestHashValue ?? "").toLowerCase(),
            signature: file.previousDigestSignature ?? "",
          },
    logFiles: file.logFiles.map(({ s3Bucket, s3Object, hashValue }) => ({
      bucket: s3Bucket,
      key: s3Object,
      sha256: hashValue.toLowerCase(),
    })),
    sha256,
    signature,
    fingerprint: file.digestPublicKeyFingerprint,
  };
}
