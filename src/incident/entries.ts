import { z } from "zod";
import { planSchema } from "./plan.ts";
import { responseEntries } from "./response-entries.ts";

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

/** The ordinary capture that a supplementary one adds to, with whatever else was added to it; absent in an ordinary one. */
const supplements = z.string().optional();

/** What of a source is waited for. */
const awaitedSchema = z.object({
  source: z.string(),
  /** The first of the things that are still to come or missing, and how many there are. */
  what: z.string(),
  things: z.number(),
  /** When the last of them can be expected; null when nobody can say. */
  expectedBy: iso.nullable(),
  /** When the sweep gives up. */
  until: iso,
});

const json = z.record(z.string(), z.unknown());
const action = z.string();

/** How somebody found what a step has them look at. */
export const VERDICTS = ["clean", "affected", "unclear"] as const;
/** What a person says of the step that contains, where nothing has to be contained. */
export const NOTHING_TO_CONTAIN = "nothing-to-contain";
export type Verdict = (typeof VERDICTS)[number] | typeof NOTHING_TO_CONTAIN;

export const entryData = {
  declared: factsSchema,
  /** The attack is on this mcp, too: what is planned, captured and changed there is part of this incident. */
  "mcp-joined": z.object({ mcp: z.string(), reason: z.string().nullable() }),
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
    /** Present where the run asks to go on without the evidence: why, in words. `environment` is then the other one. */
    breakGlass: z.object({ reason: z.string() }).optional(),
  }),
  "plan-failed": z.object({ reason: z.string(), message: z.string(), remedy: z.string(), runId: z.number() }),
  "escalation-due": z.object({
    recipients: z.array(
      z.object({ who: z.string(), address: z.string().nullable(), missing: z.string().nullable() }),
    ),
  }),
  "capture-started": z.object({
    capture: z.string(),
    sources: z.array(z.string()),
    from: iso,
    to: iso,
    supplements,
  }),
  "capture-sealed": z.object({
    capture: z.string(),
    manifestKey: z.string(),
    manifestSha256: z.string(),
    manifestVersionId: z.string().nullable(),
    complete: z.boolean(),
    items: z.number(),
    bytes: z.number(),
    sources: z.array(sourceSummary),
    supplements,
    /** The sources of which more is waited for; absent in entries of before there was a sweep. */
    awaited: z.array(awaitedSchema).optional(),
  }),
  /** What another process of the same run wrote into a capture while this one was sealed: evidence, and no item of it. */
  "late-objects": z.object({
    capture: z.string(),
    objects: z.array(z.object({ key: z.string(), size: z.number().int(), sha256: z.string() })).min(1),
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
  /** Something was asked for that others deliver, or that is made only later. Open until it is settled. */
  "evidence-requested": z.object({
    /** Names the request among the incident's, for example `entra-sign-in`. */
    request: z.string(),
    source: z.string(),
    capture: z.string(),
    what: z.string(),
    /** Who delivers it: a person's or team's name with address, or a service. */
    of: z.string(),
    /** The words in which a person is asked; null when a service was. */
    text: z.string().nullable(),
    deadline: iso,
    /** What the service calls it: an export task's id. */
    reference: z.string().nullable(),
  }),
  "request-settled": z.object({
    request: z.string(),
    outcome: z.enum(["delivered", "failed", "expired", "replaced"]),
    /** The capture that holds it. */
    capture: z.string().nullable(),
    message: z.string(),
  }),
  /** Of this source nothing more is waited for. */
  "source-final": z.object({
    source: z.string(),
    /** The capture that began it, and the last one that added to it. */
    capture: z.string(),
    completedBy: z.string(),
    outcome: z.enum(["complete", "expired"]),
    /** What never came, when the deadline passed. */
    missing: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
  /** GitHub's own attestation of a manifest (Sigstore): where it is, or why there is none. */
  "capture-attested": z.object({
    capture: z.string(),
    manifestSha256: z.string(),
    url: z.string().nullable(),
    why: z.string().nullable(),
  }),
  "audit-trail-verified": z.object({
    verdict: z.enum(["intact", "tampered", "unclear"]),
    policyChanged: z.boolean(),
    findings: z.array(
      z.object({
        weight: z.enum(["tampered", "unclear", "attempt", "note"]).optional(),
        what: z.string(),
        why: z.string(),
      }),
    ),
    /** Who changed something, as CloudTrail names them, who changed the bucket's policy first of all. */
    changedBy: z
      .array(z.object({ principal: z.string(), event: z.string(), at: iso.nullable(), policy: z.boolean() }))
      .optional(),
    /** How many findings are not listed here: the gravest are. */
    more: z.number().optional(),
    /** What was looked through, UTC. */
    window: z.object({ from: iso, to: iso }).optional(),
    capture: z.string().nullable(),
  }),
  "severity-changed": z.object({
    from: severity,
    to: severity,
    reason: z.string(),
    /** The person who decided it; absent when the audit trail's verdict did. */
    by: z.object({ login: z.string(), name: z.string() }).optional(),
    /** Of a severity that goes down from critical. */
    approvals: z.array(approvalSchema).optional(),
  }),
  "capture-failed": z.object({ capture: z.string(), message: z.string() }),
  /** A question asked of preserved audit records, and what came of it. The answer itself is in the capture. */
  "audit-logs-queried": z.object({
    question: z.object({ kind: z.string(), value: z.string().nullable() }),
    /** The captures that were read. */
    captures: z.array(z.string()),
    window: z.object({ from: iso, to: iso }),
    /** From when on there were records to compare with; null when there were none. */
    baselineFrom: iso.nullable(),
    /** `athena`: the SQL was handed over and nothing was answered here. */
    engine: z.enum(["local", "athena"]),
    /** Why: too large for one machine, or no engine on it. */
    handedOver: z.enum(["too-large", "no-engine"]).optional(),
    records: z.number(),
    unreadable: z.number(),
    gaps: z.number(),
    /** `flagged` is null where nothing is judged. */
    tables: z.array(
      z.object({ name: z.string(), rows: z.number(), flagged: z.number().nullable(), sha256: z.string() }),
    ),
    /** The capture that holds the tables; null when they could not be kept, or there are none. */
    keptIn: z.string().nullable(),
  }),
  /** A person says that a step is done which nothing but a person can see. */
  "step-confirmed": z.object({
    /** The id of the manual step, or of the step of the escalation process. */
    step: z.string(),
    text: z.string(),
    /** Who did it, and when. */
    by: z.string(),
    at: iso,
    note: z.string(),
    confirmedBy: z.object({ login: z.string(), name: z.string() }),
    /** How it was found, where the step asks for that. */
    verdict: z.enum([...VERDICTS, NOTHING_TO_CONTAIN]).optional(),
    /** The plan that has the step; null where the runbook alone has it. */
    planSha256: z.string().nullable(),
  }),
  "secret-disabled": z.object({ by: z.string(), at: iso, confirmedBy: z.string() }),
  /** Something to be sure of at a moment to come; open until a person confirms it, or the moment has passed. */
  "follow-up-due": z.object({
    /** By which confirm-step names it, for example `old-tokens-servicenow-7001`. */
    step: z.string(),
    what: z.string(),
    at: iso,
  }),
  "gate-passed": z.object({
    action,
    capture: z.string().nullable(),
    manifestSha256: z.string().nullable(),
    planSha256: z.string(),
    approvals: z.array(approvalSchema),
    checks: z.array(z.string()),
  }),
  /** A change went on without evidence that it requires: who let it, why, and every check that was skipped. */
  "glass-broken": z.object({
    action,
    reason: z.string(),
    environment: z.string(),
    planSha256: z.string(),
    approvals: z.array(approvalSchema).min(1),
    skipped: z.array(refusalSchema).min(1),
  }),
  "gate-refused": z.object({ action, refusals: z.array(refusalSchema).min(1) }),
  "change-intended": z.object({ action, step: z.string(), target: z.string(), from: json, to: json }),
  "change-made": z.object({ action, step: z.string(), target: z.string(), outcome: json }),
  /** What shows that a change worked. */
  "change-verified": z.object({ action, step: z.string(), target: z.string(), proof: json }),
  contained: z.object({ action, summary: z.string(), details: json }),
  "not-contained": z.object({ action, reason: z.string(), message: z.string(), remedy: z.string() }),
  restored: z.object({ action, summary: z.string(), rootCause: z.string(), details: json }),
  "review-opened": z.object({ issue: z.number(), url: z.string(), due: z.string() }),
  ...responseEntries,
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
  /** The mcp that the entry is about, when it is another than the declared one. */
  mcp: z.string().optional(),
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
