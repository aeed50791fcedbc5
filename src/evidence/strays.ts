import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { Clock } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { headObject, readObject, type Vault } from "../vault/vault.ts";
import { isIndexPage } from "./index-page/write.ts";
import type { ManifestItems } from "./item-list.ts";
import { labelKey, manifestKey } from "./manifest.ts";
import { pages } from "./pages.ts";
import { patiently } from "./patience.ts";
import { hashObject, readBackLog } from "./read-back.ts";
import type { ManifestItem } from "./source-schema.ts";

/** Folders of a capture that are not named like their source. */
const SOURCES: Readonly<Record<string, string>> = {
  ssm: "ssm-parameter",
  s3: "audit-logs",
  "github-runs": "github-actions",
  iam: "ecs",
  entra: "entra-sign-in",
};
const STREAMED = /\.(ndjson\.gz|zip)$/;

/**
 * Compares a capture's items with what lies in its folder, just before sealing: the manifest lists every object, once.
 *
 * What an interrupted run collected and this one did not meet again (a version that has vanished since, a task
 * definition that no task runs any more) is evidence too. @returns the items for it.
 * @throws Error when an item is listed twice or is not in the vault.
 */
export async function findStrays(
  deps: { vault: Vault; clock: Clock },
  capture: { incident: string; capture: string; folder: string },
  items: ManifestItems,
): Promise<ManifestItem[]> {
  const { vault, clock } = deps;
  const unmet = new Set<string>();
  for (const { key } of items) unmet.add(key);
  if (unmet.size !== items.length) throw new Error("an item is listed twice");
  const own = [labelKey(capture.incident, capture.capture), manifestKey(capture.incident, capture.capture)];
  const strays: ManifestItem[] = [];
  for await (const key of keysBelow(vault, clock, capture.folder)) {
    if (unmet.delete(key) || own.includes(key) || isIndexPage(key, capture.folder)) continue;
    strays.push(await adopt(vault, clock, key, capture.folder));
  }
  for (const key of unmet)
    throw new Error(`s3://${vault.bucket}/${key} was collected and is not in the vault`);
  return strays;
}

/** The keys below a folder, page by page. */
async function* keysBelow(vault: Vault, clock: Clock, folder: string): AsyncGenerator<string> {
  const listing = pages(
    clock,
    (ContinuationToken) =>
      vault.s3.send(
        new ListObjectsV2Command({
          Bucket: vault.bucket,
          Prefix: folder,
          ...(ContinuationToken ? { ContinuationToken } : {}),
        }),
      ),
    ({ NextContinuationToken }) => NextContinuationToken,
  );
  for await (const { Contents = [] } of listing) {
    for (const { Key } of Contents) if (Key !== undefined) yield Key;
  }
}

async function adopt(vault: Vault, clock: Clock, key: string, folder: string): Promise<ManifestItem> {
  const [section = ""] = key.slice(folder.length).split("/");
  const source = SOURCES[section] ?? section;
  const head = await patiently(clock, () => headObject(vault, key));
  if (!head) throw new Error(`s3://${vault.bucket}/${key} is listed and cannot be found`);
  const copied = section === "audit-logs" || key.startsWith(`${folder}cloudwatch-logs/export/`);
  const method = copied ? "copy" : STREAMED.test(key) ? "stream" : "put";
  return {
    source,
    key,
    versionId: head.versionId,
    size: head.size,
    sha256: head.sha256 ?? (await digestOf(vault, clock, key, method)),
    method,
    collectedAt: head.lastModified.toISOString(),
    origin: { uri: "firebreak:interrupted-collection" },
  };
}

/** The SHA-256 of an object for which S3 has none. A copy is not read: no byte of an audit log passes the runner. */
async function digestOf(
  vault: Vault,
  clock: Clock,
  key: string,
  method: ManifestItem["method"],
): Promise<string | null> {
  if (method === "copy") return null;
  if (key.includes("/entra/attached/")) return hashObject(vault, clock, key);
  if (key.endsWith(".gz")) return (await readBackLog(vault, clock, key)).sha256;
  if (method === "stream") return hashObject(vault, clock, key);
  return sha256((await patiently(clock, () => readObject(vault, key))) ?? Buffer.alloc(0));
}
