import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { sha256 } from "../vault/digest.ts";
import { headObject, listFolders, readObject, type Vault } from "../vault/vault.ts";
import type { ManifestItems } from "./item-list.ts";
import {
  digest,
  gapSchema,
  iso,
  itemSchema,
  type ManifestSource,
  type SourceOf,
  sourceSchema,
} from "./source-schema.ts";
import { vaultProtectionSchema } from "./vault-protection.ts";

/**
 * The manifest: the signed-off list of a capture's items, with digests and completeness. It is written last and
 * once; its presence is the seal. All times are ISO 8601 in UTC.
 */

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
  /** The sealed capture that this one adds to: it holds what arrived later, and nothing twice. */
  supplements: z.object({ capture: z.string(), manifestSha256: digest }).optional(),
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
    `The manifest s3://${vault.bucket}/${key} ${problem}. Someone may have tampered with it.`,
    "Compare the object's versions in the vault (they cannot be deleted), and treat this as audit log tampering.",
  );
}
