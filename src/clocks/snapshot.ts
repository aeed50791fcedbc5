import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { z } from "zod";
import { putOnce, readObject, type Vault } from "../vault/vault.ts";

/**
 * What the clocks remember from one run to the next, so that an incident's ledger is read only when it has to be. It is
 * no record of anything: without it, or with one that is wrong, ledgers are read that need not be, or later than they
 * might be, and the ledger alone says what somebody was reminded of.
 */

const iso = z.iso.datetime({ offset: true });

const rowSchema = z.object({
  /** How many entries of the ledger were read. */
  entries: z.number().int().min(1),
  /** When it was last made sure that there are no more. */
  lookedAt: iso,
  /** When something is due to be done about it; null when nothing is. */
  next: iso.nullable(),
  severity: z.string(),
  open: z.array(z.object({ id: z.string(), due: iso })),
  /** The open improvements' issues. */
  improvements: z.array(z.number().int()),
});

const snapshotSchema = z.object({
  schema: z.literal("firebreak/clocks/v1"),
  environment: z.string(),
  /** When the run began that wrote it. */
  at: iso,
  /** SHA-256 of what the runbook says of deadlines. */
  rules: z.string(),
  /** By incident, for example `INC-42`. */
  incidents: z.record(z.string().regex(/^INC-\d+$/), rowSchema),
});

/** An incident as it was last read. */
export type Row = z.infer<typeof rowSchema>;
export type Snapshot = z.infer<typeof snapshotSchema>;

/** S3 lists keys in ascending order, so the newest snapshot is called by the smallest number and stands first. */
const LAST = 99_999_999;

export interface Remembered {
  /** The newest snapshot's number; 0 where there is none. */
  number: number;
  /** Undefined where there is none, or the newest cannot be understood. */
  snapshot: Snapshot | undefined;
}

/** The newest snapshot of an environment. Two calls, however many there are. */
export async function readSnapshot(vault: Vault, environment: string): Promise<Remembered> {
  const prefix = `clocks/${environment}/`;
  const list = new ListObjectsV2Command({ Bucket: vault.bucket, Prefix: prefix, MaxKeys: 1 });
  const { Contents = [] } = await vault.s3.send(list);
  const key = Contents[0]?.Key;
  const [, name] = /\/(\d{8})\.json$/.exec(key ?? "") ?? [];
  if (key === undefined || name === undefined) return { number: 0, snapshot: undefined };
  const bytes = await readObject(vault, key);
  return { number: LAST - Number(name), snapshot: parse(bytes?.toString("utf8") ?? "") };
}

function parse(text: string): Snapshot | undefined {
  try {
    return snapshotSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Writes a snapshot, once like everything in the vault. @returns false when another run has taken its number. */
export async function writeSnapshot(vault: Vault, number: number, snapshot: Snapshot): Promise<boolean> {
  const body = `${JSON.stringify(snapshotSchema.parse(snapshot))}\n`;
  const key = `clocks/${snapshot.environment}/${String(LAST - number).padStart(8, "0")}.json`;
  return (await putOnce(vault, key, body, { contentType: "application/json" })).created;
}
