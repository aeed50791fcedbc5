import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { sha256 } from "../vault/digest.ts";
import { headObject, listFolders, readObject, type Vault } from "../vault/vault.ts";
import type { ManifestItems } from "./item-list.ts";
import { vaultProtectionSchema } from "./vault-protection.ts";

/**
 * The manifest: the signed-off list of a capture's items, with digests and completeness. It is written last and
 * once; its presence is the seal. All times are ISO 8601 in UTC.
 */

const iso = z.iso.datetime({ offset: true });
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z.record(z.string(), z.union([z.number(), z.string()]));

const gapSchema = z.object({
  /** What is missing: a stream, a key, a container. */
  what: z.string(),
  why: z.string(),
});

const pendingSchema = z.object({
  /** What did not exist yet, or may not have arrived yet, when the source was collected. */
  what: z.string(),
  why: z.string(),
  /** When it can be expected to be there; null when nobody can say (a run that goes on). */
  expectedBy: iso.nullable(),
});

const sourceBase = {
  status: z.enum(["complete", "partial", "requested", "failed"]),
  /** What should be there, as numbers by name, and under `counted` how that was found out. */
  expected: counts,
  collected: counts,
  gaps: z.array(gapSchema),
  /** What will only come later, by name. It is no gap: of what there was, nothing is missing. A later capture has it. */
  pending: z.array(pendingSchema).optional(),
};

const streamSchema = z.object({
  group: z.string(),
  stream: z.string(),
  /** Full key of the item; null when the stream could not be collected. */
  key: z.string().nullable(),
  /** Keys of further items that an interrupted run's successor added for what was logged in between. */
  continued: z.array(z.string()),
  events: z.number(),
  newestEvent: iso.nullable(),
  /** CloudWatch's own `lastEventTimestamp`, which may lag by an hour. */
  expectedNewest: iso.nullable(),
  /** Every event that was in the stream at this moment, from the window's beginning on, is in the items. */
  through: iso.nullable(),
  complete: z.boolean(),
});

const taskSchema = z.object({
  taskArn: z.string(),
  taskId: z.string(),
  lastStatus: z.string(),
  /** Names of the log streams that the task's containers write to. */
  streams: z.array(z.string()),
  /** Containers whose output cannot be found in CloudWatch Logs. */
  uncaptured: z.array(z.object({ container: z.string(), why: z.string() })),
  /** Its network interfaces, as far as ECS names them. */
  interfaces: z
    .array(z.object({ id: z.string(), subnet: z.string().nullable(), securityGroups: z.array(z.string()) }))
    .optional(),
});

const lookupSchema = z.object({
  region: z.string(),
  from: iso,
  /** Every event of before this moment is in the items; null when some are missing. */
  through: iso.nullable(),
  events: z.number(),
});

const runSchema = z.object({
  id: z.number(),
  attempt: z.number(),
  /** Path of the workflow's file. */
  workflow: z.string(),
  event: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  startedAt: iso,
  /** Whether its log is an item. `none`: no job of it ran, so there is no log. */
  log: z.enum(["collected", "in progress", "none", "missing"]),
});

export const fingerprintSchema = z.object({ algorithm: z.string(), salt: z.string(), value: z.string() });

const parameterSchema = z.object({
  name: z.string(),
  arn: z.string().nullable(),
  version: z.number().int(),
  lastModified: iso,
  lastModifiedUser: z.string(),
  /** The label in SSM that keeps this version; null when it could not be set. */
  label: z.string().nullable(),
  fingerprint: fingerprintSchema,
});

const sourceSchema = z.discriminatedUnion("source", [
  z.object({ source: z.literal("cloudwatch-logs"), ...sourceBase, streams: z.array(streamSchema) }),
  z.object({
    source: z.literal("audit-logs"),
    ...sourceBase,
    deleteMarkers: z.array(z.object({ key: z.string(), versionId: z.string(), at: iso })),
  }),
  z.object({ source: z.literal("ecs"), ...sourceBase, service: z.string(), tasks: z.array(taskSchema) }),
  z.object({ source: z.literal("ssm-parameter"), ...sourceBase, parameter: parameterSchema.nullable() }),
  z.object({ source: z.literal("cloudtrail"), ...sourceBase, lookups: z.array(lookupSchema) }),
  z.object({ source: z.literal("github-actions"), ...sourceBase, runs: z.array(runSchema) }),
]);

const itemSchema = z.object({
  source: z.string(),
  /** Full key in the vault. */
  key: z.string(),
  versionId: z.string().nullable(),
  size: z.number().int(),
  /** Null only for copies above 5 GiB, of which S3 gives a composite checksum (see `detail`). */
  sha256: digest.nullable(),
  /** How it got there: copied inside S3, streamed through gzip, or put as one document. */
  method: z.enum(["copy", "stream", "put"]),
  collectedAt: iso,
  origin: z.object({
    uri: z.string(),
    versionId: z.string().optional(),
    lastModified: iso.optional(),
    etag: z.string().optional(),
  }),
  detail: counts.optional(),
});

export const manifestSchema = z.object({
  schema: z.literal("firebreak/manifest/v1"),
  incident: z.string(),
  capture: z.string(),
  environment: z.string(),
  mcp: z.string(),
  window: z.object({ from: iso, to: iso }),
  startedAt: iso,
  sealedAt: iso,
  run: z.object({
    id: z.number(),
    attempt: z.number(),
    repository: z.string(),
    workflow: z.string(),
    job: z.string(),
    actor: z.string(),
  }),
  label: z.object({ key: z.string(), versionId: z.string().nullable(), sha256: digest }),
  /** SHA-256 of the newest ledger entry known when the capture was sealed. */
  ledgerHead: digest,
  /** True when every source is complete, and none was left out that the runbook collects. */
  complete: z.boolean(),
  /** What the capture lacks as a whole: sources that the runbook collects and nobody asked for. */
  gaps: z.array(gapSchema).optional(),
  /** How the vault was protected when the capture was made. */
  vaultProtection: vaultProtectionSchema.optional(),
  sources: z.array(sourceSchema),
  items: z.array(itemSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestSource = z.infer<typeof sourceSchema>;
export type SourceOf<Name extends ManifestSource["source"]> = Extract<ManifestSource, { source: Name }>;
export type ManifestItem = z.infer<typeof itemSchema>;
export type Gap = z.infer<typeof gapSchema>;
export type Pending = z.infer<typeof pendingSchema>;
export type CapturedStream = z.infer<typeof streamSchema>;
export type CapturedTask = z.infer<typeof taskSchema>;
export type CapturedRun = z.infer<typeof runSchema>;
export type DocumentedParameter = z.infer<typeof parameterSchema>;

/** A manifest whose items need not be in memory. */
export type CaptureManifest = Omit<Manifest, "items"> & { items: ManifestItems };

/** A capture with its seal: the manifest, and what identifies the manifest's own bytes. */
export interface SealedCapture {
  capture: string;
  manifest: CaptureManifest;
  key: string;
  versionId: string | null;
  sha256: string;
}

/** `incidents/INC-42/captures/<capture>/`: everything of the capture lies below. */
export function captureFolder(incident: string, capture: string): string {
  return `incidents/${incident}/captures/${capture}/`;
}

export function manifestKey(incident: string, capture: string): string {
  return `${captureFolder(incident, capture)}manifest.json`;
}

export function labelKey(incident: string, capture: string): string {
  return `${captureFolder(incident, capture)}label.json`;
}

/** The names of the incident's captures, sealed or not. */
export function listCaptures(vault: Vault, incident: string): Promise<string[]> {
  return listFolders(vault, `incidents/${incident}/captures/`);
}

/** What was read already, by S3 client: nobody changes a seal, and the gate looks every few seconds. */
const known = new WeakMap<Vault["s3"], Map<string, SealedCapture>>();

/**
 * Reads a capture's manifest; undefined when the capture is not sealed. Within a process the same bytes are read and
 * checked once: a manifest that S3 still lists with the same version and SHA-256 is the one that was read before.
 * @throws FirebreakError `manifest-broken` when what lies there is no manifest of this capture.
 */
export async function readManifest(
  vault: Vault,
  incident: string,
  capture: string,
): Promise<SealedCapture | undefined> {
  const key = manifestKey(incident, capture);
  const head = await headObject(vault, key);
  if (!head) return undefined;
  const read = known.get(vault.s3) ?? new Map<string, SealedCapture>();
  known.set(vault.s3, read);
  const identity = JSON.stringify([vault.bucket, key, head.versionId, head.sha256]);
  const before = head.sha256 === null ? undefined : read.get(identity);
  if (before) return before;
  const bytes = await readObject(vault, key);
  if (!bytes) return undefined;
  const digest = sha256(bytes);
  if (head.sha256 !== null && head.sha256 !== digest) throw broken(vault, key, "changed while it was read");
  const manifest = parseManifest(vault, key, bytes);
  if (manifest.incident !== incident || manifest.capture !== capture) {
    throw broken(vault, key, "belongs to another incident or capture");
  }
  const sealed = { capture, manifest, key, versionId: head.versionId, sha256: digest };
  read.set(identity, sealed);
  return sealed;
}

function parseManifest(vault: Vault, key: string, bytes: Buffer): Manifest {
  let raw: unknown;
  try {
    raw = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw broken(vault, key, "is not JSON");
  }
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw broken(vault, key, `is not a manifest: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

/** The incident's sealed captures, newest seal first. @throws FirebreakError `manifest-broken`. */
export async function sealedCaptures(vault: Vault, incident: string): Promise<SealedCapture[]> {
  const sealed: SealedCapture[] = [];
  for (const capture of await listCaptures(vault, incident)) {
    const found = await readManifest(vault, incident, capture);
    if (found) sealed.push(found);
  }
  const sealedAt = ({ manifest }: SealedCapture) => Date.parse(manifest.sealedAt);
  return sealed.sort((a, b) => sealedAt(b) - sealedAt(a));
}

/** What a manifest says about one source; undefined when the capture was not asked for it. */
export function sourceOf<Name extends ManifestSource["source"]>(
  manifest: Pick<Manifest, "sources">,
  name: Name,
): SourceOf<Name> | undefined {
  return manifest.sources.find((entry): entry is SourceOf<Name> => entry.source === name);
}

function broken(vault: Vault, key: string, problem: string): FirebreakError {
  return new FirebreakError(
    "manifest-broken",
    `The manifest s3://${vault.bucket}/${key} ${problem}. Someone may have tampered with it; nothing will be changed.`,
    "Compare the object's versions in the vault (they cannot be deleted), and treat this as audit log tampering.",
  );
}
