import { z } from "zod";

/**
 * The evidence format as `docs/evidence-format.md` has it: what a verifier needs, and nothing of how it is collected.
 * Members that are not named here are allowed, so that captures of later versions stay verifiable.
 */

const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** A moment as the format has it: seconds are there, the year is not 0000, and no minute has a 60th second. */
const MOMENT =
  /^(?!0000)\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const iso = z.iso.datetime({ offset: true }).regex(MOMENT);
/** Taken as it stands: a text with white space around it is another text. */
const filled = z.string().regex(/[^\p{White_Space}\ufeff]/u);
const count = z.number().int().nonnegative();
const status = z.enum(["complete", "partial", "requested", "failed"]);
const counts = z.record(z.string(), z.union([z.number(), z.string()]));

export const entryFormat = z.object({
  schema: z.literal("firebreak/ledger-entry/v1"),
  incident: z.string(),
  sequence: z.number().int().positive(),
  previous: digest.nullable(),
  at: iso,
  kind: filled,
  key: filled,
  by: z.object({ login: z.string(), runId: z.number(), runAttempt: z.number(), job: z.string() }),
  data: z.record(z.string(), z.unknown()),
});

export const startedFormat = z.object({ capture: filled });

export const lateFormat = z.object({
  capture: filled,
  objects: z.array(z.object({ key: filled, size: count, sha256: digest })),
});

export const sealedFormat = z.object({
  capture: filled,
  manifestKey: z.string(),
  manifestSha256: digest,
  manifestVersionId: z.string().nullable(),
  complete: z.boolean(),
  items: count,
  bytes: count,
  sources: z.array(z.object({ source: z.string(), status, items: count, gaps: count })),
});

/** Any other entry that names a manifest by its digest, such as `gate-passed`. */
export const referenceFormat = z.object({ capture: filled, manifestSha256: digest });

/** GitHub's attestation of a manifest; null when none could be made. */
export const attestedFormat = z.object({ capture: filled, url: z.string().nullable() });

const companion = z.object({ key: filled, sha256: digest });

export const signedFormat = z.object({
  capture: filled,
  signature: companion.extend({ publicKey: filled, publicKeySha256: digest }).nullable(),
  timestamp: companion.nullable(),
});

export const labelFormat = z.object({
  schema: z.literal("firebreak/label/v1"),
  incident: filled,
  capture: filled,
  incidentDate: iso,
  description: filled,
  exportedBy: z.object({ login: filled, name: filled }),
  exportedAt: iso,
});

const streamFormat = z.object({
  group: z.string(),
  stream: z.string(),
  key: z.string().nullable(),
  continued: z.array(z.string()),
  events: count,
});

const sourceFormat = z.object({
  source: filled,
  status,
  expected: counts,
  collected: counts,
  gaps: z.array(z.object({ what: z.string(), why: z.string() })),
  pending: z.array(z.object({ what: z.string(), why: z.string() })).optional(),
  streams: z.array(streamFormat).optional(),
});

const itemFormat = z.object({
  source: filled,
  key: filled,
  versionId: z.string().nullable(),
  size: count,
  sha256: digest.nullable(),
  collectedAt: iso,
  origin: z.object({ uri: z.string() }),
  detail: counts.optional(),
});

export const manifestFormat = z.object({
  schema: z.literal("firebreak/manifest/v1"),
  incident: z.string(),
  capture: z.string(),
  window: z.object({ from: iso, to: iso }),
  sealedAt: iso,
  label: z.object({ key: z.string(), versionId: z.string().nullable(), sha256: digest }),
  supplements: z.object({ capture: filled, manifestSha256: digest }).optional(),
  ledgerHead: digest,
  complete: z.boolean(),
  gaps: z.array(z.object({ what: z.string(), why: z.string() })).optional(),
  sources: z.array(sourceFormat),
  items: z.array(itemFormat),
});

export type Entry = z.infer<typeof entryFormat>;
export type Manifest = z.infer<typeof manifestFormat>;
export type Item = z.infer<typeof itemFormat>;
export type Source = z.infer<typeof sourceFormat>;

/** Documents are nested less deep than this; how deep a parser can go differs between languages. */
const DEEPEST = 200;

/** The value that some bytes hold as JSON in UTF-8; undefined when they hold none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    if (isTooDeep(bytes)) return undefined;
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) at += byte === BACKSLASH ? 1 : 0;
    else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** What a schema found wrong first, in one line. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not as specified"}`;
}
