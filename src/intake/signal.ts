import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { type DetectionRow, detectionRow } from "../query/detection.ts";
import { propose } from "../query/proposal.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveTarget } from "../runbook/target.ts";
import { canonicalJson, sha256 } from "../vault/digest.ts";

/** Something that was seen, by a machine or a person, in the terms of the runbook. */

const iso = z.iso.datetime({ offset: true });

export const signalSchema = z.object({
  schema: z.literal("firebreak/signal/v1"),
  /** SHA-256 of what makes it this signal and no other: however often and whichever way it arrives, it is the same. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** The row of the runbook's detection tables, for example `alarms/auth-failures`. */
  indicator: z.string().regex(/^(alarms|manual|external)\/[a-z0-9]+(-[a-z0-9]+)*$/),
  environment: z.string(),
  mcp: z.string(),
  /** In the runbook's words: what the row may indicate. */
  summary: z.string(),
  /** In the words of whoever saw it, on one line. Untrusted. */
  what: z.string(),
  /** All that they said. Untrusted. */
  description: z.string(),
  /** Where it can be seen. Untrusted. */
  reference: z.string().nullable(),
  seenAt: iso,
  reportedBy: z.string().nullable(),
  /** Whom it names, where it names somebody. Untrusted. */
  principal: z.string().nullable(),
  proposed: z.object({ severity: z.enum(["critical", "high", "medium", "low"]), type: z.string() }),
});

export type Signal = z.infer<typeof signalSchema>;

export interface Seen
  extends Pick<
    Signal,
    "environment" | "mcp" | "what" | "description" | "reference" | "reportedBy" | "principal"
  > {
  /** The id of the row. */
  row: string;
  /** What is proposed where it is not what the row says. */
  proposed?: { severity?: Signal["proposed"]["severity"] | undefined; type?: string | undefined };
  /** What makes it this signal and no other. */
  identity: readonly (string | number)[];
  seenAt: Date;
}

const LONGEST_WHAT = 300;
const LONGEST_DESCRIPTION = 20_000;

/**
 * A signal with what the runbook's row proposes for it. Nobody has asked the audit records yet, so it is what the row
 * says where they cannot say; a person decides.
 * @throws FirebreakError `bad-input` for an environment, mcp or row that the runbook does not have;
 *   `no-triage-rule` where the row says neither type nor severity.
 */
export function signalOf(runbook: Runbook, seen: Seen): Signal {
  resolveTarget(runbook, seen.environment, seen.mcp);
  const row = detectionRow(runbook, seen.row);
  const byRow = propose(row, null);
  const severity = seen.proposed?.severity ?? byRow.severity;
  const type = seen.proposed?.type ?? byRow.type;
  if (severity === null || type === null) {
    throw new FirebreakError(
      "no-triage-rule",
      `The runbook's detection row ${row.id} proposes neither a type nor a severity, so nothing can be declared by it.`,
      `Give detection's row ${row.id} a triage rule in the runbook, or declare the incident with incident.yml.`,
    );
  }
  return {
    schema: "firebreak/signal/v1",
    digest: sha256(canonicalJson(seen.identity)),
    indicator: indicatorOf(row),
    environment: seen.environment,
    mcp: seen.mcp,
    summary: `${row.name}: ${row.indicators.join("; ")}`.slice(0, 200),
    what: cut(seen.what.replace(/\s+/g, " ").trim(), LONGEST_WHAT),
    description: cut(seen.description, LONGEST_DESCRIPTION),
    reference: seen.reference,
    seenAt: seen.seenAt.toISOString(),
    reportedBy: seen.reportedBy,
    principal: seen.principal,
    proposed: { severity, type },
  };
}

/** As the ledger names a row: `alarms/auth-failures`, `manual/cloudtrail`, `external/user-report`. */
function indicatorOf({ id, channel }: DetectionRow): string {
  return `${channel === "alarm" ? "alarms" : channel}/${id}`;
}

/** Never inside a character. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : [...text.slice(0, limit)].slice(0, -1).join("");
}
