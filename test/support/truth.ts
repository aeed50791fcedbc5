/**
 * What the simulated platform holds, compared with what a capture holds: read from the simulator's own stores and from
 * the vault's bytes, with nothing of the product's. A capture that says it is complete can be caught out by it.
 */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { SmallWorld } from "./small-world.ts";

export interface SealedManifest {
  capture: string;
  startedAt: string;
  window: { from: string; to: string };
  complete: boolean;
  gaps: { what: string; why: string }[];
  sources: { source: string; status: string; gaps: { what: string; why: string }[] }[];
  items: { key: string; source: string; sha256: string | null }[];
}

/** A capture as it lies in the vault. */
export interface StoredCapture {
  manifest: SealedManifest;
  bytesOf: ReadonlyMap<string, Buffer>;
}

/** Undefined when it is not sealed. */
export async function readCapture(
  { platform, target }: SmallWorld,
  incident: number,
  capture: string,
): Promise<StoredCapture | undefined> {
  const { s3 } = platform.aws;
  const folder = `incidents/INC-${incident}/captures/${capture}/`;
  const bytesOf = new Map<string, Buffer>();
  for (const key of s3.currentKeys(target.vault, folder))
    bytesOf.set(key, await s3.readObject(target.vault, key));
  const manifest = bytesOf.get(`${folder}manifest.json`);
  return manifest && { manifest: JSON.parse(manifest.toString("utf8")) as SealedManifest, bytesOf };
}

/** By source, by name, everything that the platform had when the capture began and that none of its items holds. */
export async function missingFrom(
  world: SmallWorld,
  captured: StoredCapture,
): Promise<Record<string, string[]>> {
  return {
    "cloudwatch-logs": missingEvents(world, captured),
    "audit-logs": await missingObjects(world, captured),
    cloudtrail: missingTrail(world, captured),
    "ssm-parameter": missingVersions(world, captured),
    ecs: missingState(world, captured),
    "github-actions": missingRuns(world, captured),
  };
}

/** The bytes of a source's items. */
function itemsOf({ manifest, bytesOf }: StoredCapture, source: string): { key: string; bytes: Buffer }[] {
  return manifest.items
    .filter((item) => item.source === source)
    .map(({ key }) => ({ key, bytes: bytesOf.get(key) ?? Buffer.alloc(0) }));
}

function linesOf(items: { bytes: Buffer }[]): Record<string, unknown>[] {
  return items.flatMap(({ bytes }) =>
    gunzipSync(bytes)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

/** The events by stream and time: what is redacted in a message does not matter here, that the event is there does. */
function missingEvents({ platform, target }: SmallWorld, captured: StoredCapture): string[] {
  const { store } = platform.logs;
  const [from, to] = [Date.parse(captured.manifest.window.from), Date.parse(captured.manifest.startedAt)];
  const items = itemsOf(captured, "cloudwatch-logs").filter(({ key }) => key.endsWith(".ndjson.gz"));
  const missing: string[] = [];
  for (const { name } of store.group(target.logGroup).streams.values()) {
    const task = name.split("/").at(-1) ?? name;
    const held = new Map<number, number>();
    for (const { timestamp } of linesOf(items.filter(({ key }) => key.includes(task))))
      held.set(Number(timestamp), (held.get(Number(timestamp)) ?? 0) + 1);
    for (const { timestamp } of store.eventsBetween(target.logGroup, name, from, to)) {
      const left = held.get(timestamp) ?? 0;
      if (left === 0) missing.push(`${name} ${timestamp}`);
      held.set(timestamp, left - 1);
    }
  }
  return missing;
}

async function missingObjects({ platform, target }: SmallWorld, captured: StoredCapture): Promise<string[]> {
  const { s3 } = platform.aws;
  const bucket = s3.bucket(target.auditBucket);
  const [from, to] = [Date.parse(captured.manifest.window.from), Date.parse(captured.manifest.startedAt)];
  const held = new Set(itemsOf(captured, "audit-logs").map(({ bytes }) => digestOf(bytes)));
  const missing: string[] = [];
  const own = target.auditLayout.split("{")[0] ?? "";
  for (const key of bucket.keysFrom(() => true)) {
    if (!key.startsWith(own)) continue;
    for (const { versionId, lastModified, deleteMarker, blob } of bucket.versions(key)) {
      if (deleteMarker || lastModified < from || lastModified > to) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of s3.blobs.read(blob)) chunks.push(chunk);
      if (!held.has(digestOf(Buffer.concat(chunks)))) missing.push(`${key} ${versionId}`);
    }
  }
  return missing;
}

/** Management events that could be looked up when the capture began. */
function missingTrail({ platform, trailDelayMs }: SmallWorld, captured: StoredCapture): string[] {
  const [from, began] = [Date.parse(captured.manifest.window.from), Date.parse(captured.manifest.startedAt)];
  const items = itemsOf(captured, "cloudtrail").filter(({ key }) => key.includes("/lookup/"));
  const held = new Set(linesOf(items).map(({ eventId }) => eventId));
  return platform.aws.cloudtrail
    .events()
    .filter(({ managementEvent }) => managementEvent)
    .filter(({ eventTime }) => eventTime >= from && eventTime <= began - trailDelayMs)
    .filter(({ eventId }) => !held.has(eventId))
    .map(({ eventId, eventName }) => `${eventName} ${eventId}`);
}

function missingVersions({ platform, target }: SmallWorld, captured: StoredCapture): string[] {
  const history = itemsOf(captured, "ssm-parameter").flatMap(({ bytes }) => {
    const document = JSON.parse(bytes.toString("utf8")) as { history?: unknown };
    return Array.isArray(document.history) ? (document.history as Record<string, unknown>[]) : [];
  });
  const held = new Set(history.map((entry) => Number(entry.version ?? entry.Version)));
  const { versions } = platform.ssm.store.get(target.parameter);
  return [...versions].filter(({ version }) => !held.has(version)).map(({ version }) => `version ${version}`);
}

/** The service, every task, its definition and the scaling: each by its name in any of the documents. */
function missingState({ plan, target }: SmallWorld, captured: StoredCapture): string[] {
  const texts = itemsOf(captured, "ecs").map(({ key, bytes }) => ({ key, text: bytes.toString("utf8") }));
  const wanted = [
    { file: "service", text: `"serviceName": "${target.service}"` },
    { file: "task-definitions", text: `${target.service}:17` },
    { file: "autoscaling", text: `service/${target.cluster}/${target.service}` },
    ...(plan.mcps[0]?.tasks ?? [])
      .filter(({ endedAt }) => endedAt === null)
      .map(({ id }) => ({ file: "tasks", text: id })),
  ];
  return wanted
    .filter(({ file, text }) => !texts.some((one) => one.key.includes(file) && one.text.includes(text)))
    .map(({ file, text }) => `${file}: ${text}`);
}

/** Every run: it and its jobs, and the log of those that had ended. */
function missingRuns({ platform }: SmallWorld, captured: StoredCapture): string[] {
  const keys = itemsOf(captured, "github-actions").map(({ key }) => key);
  const began = Date.parse(captured.manifest.startedAt);
  return platform.github.state
    .runs()
    .filter(({ createdAt }) => createdAt <= began)
    .flatMap(({ id, attempt, status }) =>
      ["run", "jobs", "reviews", ...(status === "completed" ? ["logs"] : [])].map(
        (name) => `github-runs/${id}/${attempt}/${name}`,
      ),
    )
    .filter((name) => !keys.some((key) => key.includes(`/${name}.`) || key.includes(`/${name}~`)));
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
