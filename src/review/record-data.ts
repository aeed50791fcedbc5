import { z } from "zod";
import { MEASURES } from "./times.ts";

/** What a review's record says to machines. It stands in the record's first line; the index and the figures are made of it. */

const iso = z.iso.datetime({ offset: true });
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const took = z.object({ minutes: z.number().int().nullable(), target: z.number().int().nullable() });
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const recordSchema = z.object({
  schema: z.literal("firebreak/review-record/v1"),
  incident: z.string().regex(/^INC-[1-9]\d{0,9}$/),
  environment: z.string(),
  type: z.string(),
  severity: z.enum(["critical", "high", "medium", "low"]),
  declaredAt: iso,
  /** The runbook's six columns, as people wrote them; date and severity are the ledger's. */
  fields: z.object({
    date: day,
    summary: z.string(),
    severity: z.string(),
    rootCause: z.string(),
    actionsTaken: z.string(),
    improvements: z.string(),
  }),
  times: z.object(
    Object.fromEntries(MEASURES.map((measure) => [measure, took])) as Record<
      (typeof MEASURES)[number],
      typeof took
    >,
  ),
  /** From the declaration to the closing of the review, and to the end of the day on which it was due. */
  review: z.object({ closedAt: iso, due: day, minutes: z.number().int(), target: z.number().int() }),
  improvements: z.array(
    z.object({
      issue: z.number().int(),
      url: z.url(),
      text: z.string(),
      owner: z.string().nullable(),
      due: day.nullable(),
    }),
  ),
  /** The ledger up to the entry that the record ends with. */
  ledger: z.object({ entries: z.number().int(), head: digest }),
  captures: z.array(z.object({ capture: z.string(), manifestSha256: digest })),
  /** The verifier's verdict; null where it was not asked. */
  verdict: z.enum(["verified", "not-verified", "could-not-check"]).nullable(),
  links: z.object({ incident: z.url(), review: z.url() }),
});

export type RecordData = z.infer<typeof recordSchema>;

const MARKER = "firebreak:record";

/** What the record in this file says; undefined where it is none, or not one of this form. */
export function parseRecord(text: string): RecordData | undefined {
  const json = new RegExp(`^<!-- ${MARKER} (\\{.*\\}) -->`).exec(text)?.[1];
  if (json === undefined) return undefined;
  try {
    return recordSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

export { MARKER as RECORD_MARKER };

/** `2026-11-21-INC-42.md` */
export function recordName({ incident, fields }: Pick<RecordData, "incident" | "fields">): string {
  return `${fields.date}-${incident}.md`;
}
