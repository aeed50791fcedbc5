import { z } from "zod";

/** What the ledger says of people: who was told, who took it, what is due, and how it was reviewed. */

const iso = z.iso.datetime({ offset: true });
const severity = z.enum(["critical", "high", "medium", "low"]);
const person = z.object({ login: z.string(), name: z.string() });

/** Ways to reach somebody. */
export const CHANNELS = ["sns", "ses", "slack", "teams", "github"] as const;

/** One message to one recipient by one channel. */
const delivery = {
  /** Why and at which severity they are told, for example `declared/high`; at most once for each recipient. */
  notice: z.string(),
  /** The contact's id, or the team's name. */
  recipient: z.string(),
  channel: z.enum(CHANNELS),
};

export const responseEntries = {
  /** What was seen: by an alarm, a scanner or a person. The first one declared the incident, later ones joined it. */
  "indicator-received": z.object({
    /** The row of the runbook's detection tables, for example `alarms/auth-failures`. */
    indicator: z.string(),
    /** Where it was seen; absent in entries of before a signal that joins had evidence preserved. */
    mcp: z.string().optional(),
    what: z.string(),
    /** Where it can be seen; null when nowhere. */
    reference: z.string().nullable(),
    seenAt: iso,
    reportedBy: z.string().nullable(),
    /** What the runbook's row proposes; a person decides. */
    proposed: z.object({ severity, type: z.string() }),
    joined: z.boolean(),
  }),
  /** Whom the incident is about, where it was declared by a signal that did not say it. */
  "principal-found": z.object({ principal: z.string(), by: person }),
  /** About to be sent. Without an entry on what came of it nobody knows whether it was: it is not sent again this way. */
  "notice-intended": z.object({ ...delivery, reason: z.string(), severity, address: z.string() }),
  "notice-sent": z.object({
    ...delivery,
    /** The service's own id of the message; null where it gives none. */
    messageId: z.string().nullable(),
    sentAt: iso,
    tries: z.number().int().min(1),
  }),
  /** `unknown`: it may have arrived, since the answer was lost. */
  "notice-failed": z.object({
    ...delivery,
    outcome: z.enum(["failed", "unknown"]),
    why: z.string(),
    tries: z.number().int().min(0),
  }),
  /** No channel was left: somebody has to telephone. */
  "notice-undelivered": z.object({
    notice: z.string(),
    recipient: z.string(),
    why: z.string(),
    telephone: z.string().nullable(),
  }),
  /** Somebody has taken the incident; `at` where they said so in a comment, which a runner comes to later. */
  acknowledged: z.object({ by: person, note: z.string().nullable(), severity, at: iso.optional() }),
  /** Personal data is involved after all: from `awareAt` on the clocks of the notification run. */
  "personal-data-found": z.object({ awareAt: iso, reason: z.string(), by: person }),
  /** Somebody was reminded of what is due. Never twice of the same. */
  reminded: z.object({
    /** What is due, for example `review` or `step/disable-account`. */
    about: z.string(),
    /** `50` and `80` are percent of the time that there was; `overdue/2` is the second after it. */
    stage: z.string(),
    due: iso,
    to: z.array(z.string()),
  }),
  /** The issue was closed by hand while something was still open. */
  "issue-reopened": z.object({ closedBy: z.string(), closedAt: iso, missing: z.array(z.string()).min(1) }),
  /** A line of the review's process improvements became an issue of its own. */
  "improvement-opened": z.object({
    improvement: z.string(),
    text: z.string(),
    issue: z.number().int(),
    url: z.string(),
    owner: z.string().nullable(),
    due: z.string().nullable(),
  }),
  "improvement-closed": z.object({
    improvement: z.string(),
    issue: z.number().int(),
    /** Of an issue that was deleted, when that was seen. */
    closedAt: iso,
    deleted: z.literal(true).optional(),
  }),
  /** The review issue was closed, and what people have to write is not all there. */
  "review-incomplete": z.object({ closedBy: z.string().nullable(), missing: z.array(z.string()).min(1) }),
  /** What the verifier said of the incident's evidence when it was reviewed. */
  "evidence-verified": z.object({
    verdict: z.enum(["verified", "not-verified", "could-not-check"]),
    /** SHA-256 of the newest entry that was verified. */
    ledgerHead: z.string().nullable(),
    captures: z.array(z.object({ capture: z.string(), manifestSha256: z.string().nullable() })),
    /** The first of what it found, and how many there were. */
    found: z.array(z.string()),
    findings: z.number().int(),
  }),
  /** The record lies in a pull request. */
  "record-proposed": z.object({
    record: z.string(),
    /** Of the record's bytes. */
    sha256: z.string(),
    /** SHA-256 of the ledger entry that the record ends with. */
    ledgerHead: z.string(),
    pullRequest: z.number().int(),
    url: z.string(),
  }),
  /** The pull request was closed without merging. */
  "record-withdrawn": z.object({ pullRequest: z.number().int(), closedBy: z.string().nullable() }),
  /** The record lies in the repository. Entries of before there was `record-review` have its path alone. */
  reviewed: z.object({
    record: z.string(),
    sha256: z.string().optional(),
    pullRequest: z.number().int().optional(),
    mergeCommit: z.string().optional(),
    mergedBy: z.string().optional(),
  }),
} as const;
