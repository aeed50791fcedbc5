import { fingerprint, newSalt } from "../../src/evidence/fingerprint.ts";
import { makeLabel } from "../../src/evidence/label.ts";
import {
  captureFolder,
  labelKey,
  type Manifest,
  manifestKey,
  manifestSchema,
} from "../../src/evidence/manifest.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { putOnce } from "../../src/vault/vault.ts";
import type { GateWorld } from "./gate-world.ts";
import { target } from "./gate-world.ts";

const TYPE = { contentType: "application/json" };
const sourceBase = { status: "complete" as const, expected: {}, collected: {}, gaps: [] };

export interface SealOptions {
  capture?: string;
  /** Changes the manifest before it is written. */
  edit?: (manifest: Manifest) => void;
  /** What stands in label.json instead of a complete label. */
  label?: Record<string, unknown>;
  /** The ledger's entry is written as well; true when absent. */
  recorded?: boolean;
}

/** Seals a capture of what runs at this moment, as preserve does: items, label, manifest, ledger entry, SSM label. */
export async function seal(world: GateWorld, options: SealOptions = {}): Promise<Manifest> {
  const record = await world.open();
  const { vault } = record;
  const capture = options.capture ?? "7001";
  const folder = captureFolder(record.id, capture);
  const now = world.clock.now();
  const put = async (key: string, value: unknown) => {
    const { object } = await putOnce(vault, key, `${JSON.stringify(value)}\n`, TYPE);
    return { key, versionId: object.versionId, size: object.size, sha256: object.sha256 };
  };
  const item = (source: string, stored: Awaited<ReturnType<typeof put>>) => {
    return {
      source,
      ...stored,
      method: "put" as const,
      collectedAt: now.toISOString(),
      origin: { uri: "arn:test" },
    };
  };

  const exportedBy = { login: "oncall", name: "Olga Oncall" };
  const label = makeLabel({ incident: record.id, capture, facts: record.facts, exportedBy, now });
  const storedLabel = await put(labelKey(record.id, capture), { ...label, ...options.label });
  const tasks = [];
  const streams = [];
  const items: Manifest["items"] = [];
  for (const task of world.ecs.tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED")) {
    const taskId = task.taskArn?.split("/").at(-1) ?? "";
    const stream = `ecs/app/${taskId}`;
    const stored = await put(`${folder}cloudwatch-logs/${stream}.ndjson.gz`, [taskId]);
    items.push(item("cloudwatch-logs", stored));
    const lastStatus = task.lastStatus ?? "";
    tasks.push({ taskArn: task.taskArn ?? "", taskId, lastStatus, streams: [stream], uncaptured: [] });
    const read = {
      events: 1,
      newestEvent: null,
      expectedNewest: null,
      through: now.toISOString(),
      complete: true,
    };
    streams.push({ group: target.logGroup, stream, key: stored.key, continued: [], ...read });
  }
  const current = world.ssm.versions.at(-1);
  if (!current) throw new Error("the parameter has no version");
  const ssmLabel = `${record.id}-v${current.version}`;
  current.labels.push(ssmLabel);
  const parameter = {
    name: target.parameter,
    arn: null,
    version: current.version,
    lastModified: current.at.toISOString(),
    lastModifiedUser: "arn:aws:iam::111122223333:user/terraform",
    label: ssmLabel,
    fingerprint: fingerprint(current.value, newSalt()),
  };
  items.push(item("ssm-parameter", await put(`${folder}ssm/parameter.json`, parameter)));
  const manifest: Manifest = {
    schema: "firebreak/manifest/v1",
    incident: record.id,
    capture,
    environment: "dev",
    mcp: "servicenow",
    window: record.facts.window,
    startedAt: now.toISOString(),
    sealedAt: now.toISOString(),
    run: {
      id: 7001,
      attempt: 1,
      repository: "acme/platform",
      workflow: "Incident",
      job: "preserve",
      actor: "oncall",
    },
    label: { key: storedLabel.key, versionId: storedLabel.versionId, sha256: storedLabel.sha256 ?? "" },
    ledgerHead: sha256("head"),
    complete: true,
    sources: [
      { source: "cloudwatch-logs", ...sourceBase, streams },
      { source: "ecs", ...sourceBase, service: target.service, tasks },
      { source: "ssm-parameter", ...sourceBase, parameter },
    ],
    items,
  };
  options.edit?.(manifest);
  const bytes = `${JSON.stringify(manifestSchema.parse(manifest))}\n`;
  await putOnce(vault, manifestKey(record.id, capture), bytes, TYPE);
  if (options.recorded !== false) {
    const sealed = {
      capture,
      manifestKey: manifestKey(record.id, capture),
      manifestSha256: sha256(bytes),
      manifestVersionId: "v1",
      complete: true,
      items: items.length,
      bytes: 1,
      sources: [],
    };
    await record.append("capture-sealed", sealed, `capture-sealed/${capture}`);
  }
  return manifest;
}
