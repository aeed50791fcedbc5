import { z } from "zod";
import { planSchema } from "./plan.ts";

/** What a ledger entry may say. A kind and its data; the chain around it is `ledger.ts`. */

const iso = z.iso.datetime({ offset: true });
const severity = z.enum(["critical", "high", "medium", "low"]);

export const factsSchema = z.object({
  severity,
  type: z.string(),
  environment: z.string(),
  mcp: z.string(),
  summary: z.string(),
  description: z.string(),
  /** When it was noticed, UTC. */
  detectedAt: iso,
  /** The evidence window, UTC. */
  window: z.object({ from: iso, to: iso }),
  lookbackHours: z.number(),
  principal: z.string().nullable(),
  personalData: z.boolean(),
  /** GitHub login of whoever dispatched, and the name on their profile. */
  declaredBy: z.object({ login: z.string(), name: z.string() }),
  runId: z.number(),
  runUrl: z.string(),
  issueUrl: z.string(),
});

/** Why a gate refused: a stable word, a sentence, and what mends it. */
export const refusalSchema = z.object({ reason: z.string(), message: z.string(), remedy: z.string() });

const approvalSchema = z.object({ login: z.string(), environment: z.string(), seenAt: iso });

const sourceSummary = z.object({
  source: z.string(),
  status: z.enum(["complete", "partial", "requested", "failed"]),
  items: z.number(),
  gaps: z.number(),
});

const json = z.record(z.string(), z.unknown());
const action = z.string();

export const entryData = {
  declared: factsSchema,
  planned: z.object({
    plan: planSchema,
    sha256: z.string(),
    runId: z.number(),
    runAttempt: z.number(),
    /** How many reviews of this run for this environment GitHub listed when the plan was recorded: they do not count. */
    approvalsBefore: z.number(),
    /** Those reviews: who (GitHub's user id), what, and the SHA-256 of the comment. */
    reviewsBefore: z
      .array(z.object({ user: z.number().nullable(), state: z.string(), comment: z.string() }))
      .optional(),
    environment: z.object({
      name: z.string(),
      protection: z.enum(["protected", "unprotected", "missing", "unknown"]),
    }),
  }),
  "plan-failed": z.object({ reason: z.string(), message: z.string(), remedy: z.string(), runId: z.number() }),
  "escalation-due": z.object({
    recipients: z.array(
      z.object({ who: z.string(), address: z.string().nullable(), missing: z.string().nullable() }),
    ),
  }),
  "capture-started": z.object({ capture: z.string(), sources: z.array(z.string()), from: iso, to: iso }),
  "capture-sealed": z.object({
    capture: z.string(),
    manifestKey: z.string(),
    manifestSha256: z.string(),
    manifestVersionId: z.string().nullable(),
    complete: z.boolean(),
    items: z.number(),
    bytes: z.number(),
    sources: z.array(sourceSummary),
  }),
  /** What vouches for a sealed capture besides its seal. */
  "capture-signed": z.object({
    capture: z.string(),
    manifestSha256: z.string(),
    signature: z
      .object({
        key: z.string(),
        sha256: z.string(),
        publicKey: z.string(),
        publicKeySha256: z.string(),
        keyArn: z.string(),
        algorithm: z.string(),
      })
      .nullable(),
    timestamp: z.object({ key: z.string(), sha256: z.string(), authority: z.string(), at: iso }).nullable(),
    /** Why there is no signature or no timestamp. */
    gaps: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
  "capture-failed": z.object({ capture: z.string(), message: z.string() }),
  "secret-disabled": z.object({ by: z.string(), at: iso, confirmedBy: z.string() }),
  "gate-passed": z.object({
    action,
    capture: z.string().nullable(),
    manifestSha256: z.string().nullable(),
    planSha256: z.string(),
    approvals: z.array(approvalSchema),
    checks: z.array(z.string()),
  }),
  "gate-refused": z.object({ action, refusals: z.array(refusalSchema).min(1) }),
  "change-intended": z.object({ action, step: z.string(), target: z.string(), from: json, to: json }),
  "change-made": z.object({ action, step: z.string(), target: z.string(), outcome: json }),
  contained: z.object({ action, summary: z.string(), details: json }),
  "not-contained": z.object({ action, reason: z.string(), message: z.string(), remedy: z.string() }),
  restored: z.object({ action, summary: z.string(), rootCause: z.string(), details: json }),
  "review-opened": z.object({ issue: z.number(), url: z.string(), due: z.string() }),
  reviewed: z.object({ record: z.string() }),
} as const;

export type EntryKind = keyof typeof entryData;
export type EntryData<Kind extends EntryKind> = z.infer<(typeof entryData)[Kind]>;
export type IncidentFacts = z.infer<typeof factsSchema>;
export type Refusal = z.infer<typeof refusalSchema>;

export const entryEnvelope = z.object({
  schema: z.literal("firebreak/ledger-entry/v1"),
  incident: z.string().regex(/^INC-\d+$/),
  sequence: z.number().int().positive(),
  /** SHA-256 of the bytes of the entry before; null for the first. */
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  at: iso,
  kind: z.string(),
  /** Whoever repeats a step gives the same key; a second entry with it is not written. */
  key: z.string(),
  by: z.object({ login: z.string(), runId: z.number(), runAttempt: z.number(), job: z.string() }),
  data: z.unknown(),
});

type Envelope = z.infer<typeof entryEnvelope>;

export type LedgerEntry<Kind extends EntryKind = EntryKind> = Kind extends EntryKind
  ? Omit<Envelope, "kind" | "data"> & { kind: Kind; data: EntryData<Kind>; sha256: string }
  : never;
