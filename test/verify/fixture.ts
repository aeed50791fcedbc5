import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preserve } from "../../src/evidence/capture.ts";
import { recordLateObjects } from "../../src/evidence/late-objects.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { FolderStore } from "../../src/verify/folder-store.ts";
import { type Report, verify } from "../../src/verify/verify.ts";
import {
  INCIDENT,
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

/** Evidence made by the product itself, and both verifiers to hold against it. */

const TASKS = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
export const INCIDENT_FOLDER = "incidents/INC-42";
export const CAPTURE = `${INCIDENT_FOLDER}/captures/7001`;
/** Adds to `CAPTURE`. */
export const SUPPLEMENT = `${INCIDENT_FOLDER}/captures/7001_7001`;
/** Came into the first capture when it was sealed; the ledger names it. */
export const LATE_OBJECT = `${CAPTURE}/ecs/late.json`;
export const NEWEST_CAPTURE = `${INCIDENT_FOLDER}/captures/7001-2`;

/**
 * An incident with two sealed and signed captures, one that adds to the first, and one begun, a change in between, and the second seal at the
 * ledger's end. With the URL of a time-stamping authority both captures are time-stamped.
 */
export async function preservedIncident(authority?: string): Promise<PreservePlatform> {
  const platform = await startPreservePlatform({ tasks: TASKS, speed: 200 });
  const now = platform.clock.now();
  const at = (index: number) => ({ timestamp: now - 3_600_000 + index, message: `line ${index}` });
  for (const task of TASKS)
    platform.logs.store.seedStream({
      group: target.logGroup,
      name: `ecs/app/${task}`,
      generator: { count: 40, at },
    });
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  for (let index = 0; index < 6; index += 1)
    platform.server.s3.seedObject(
      target.auditBucket,
      `servicenow/${day}/${index}.ndjson`,
      `{"n":${index}}\n`,
    );
  if (target.signingKey !== null) platform.kms.store.seed({ alias: target.signingKey });
  await platform.declare();
  const record = await openWith(platform, authority, {});
  const first = await preserve(platform.deps(), record, [
    "cloudwatch-logs",
    "audit-logs",
    "ecs",
    "ssm-parameter",
  ]);
  await preserve(platform.deps(), record, ["ecs"], { supplements: [first] });
  platform.server.s3.seedObject(target.vault, LATE_OBJECT, '{"written":"by another process of the run"}\n');
  await recordLateObjects(platform.deps(), record, first);
  await record.append(
    "gate-passed",
    {
      action: "scale-down",
      capture: first.capture,
      manifestSha256: first.sha256,
      planSha256: "0".repeat(64),
      approvals: [],
      checks: ["evidence"],
    },
    "gate-passed/scale-down",
  );
  await record.append(
    "capture-started",
    { capture: "6000", sources: ["ecs"], from: record.facts.window.from, to: record.facts.window.to },
    "capture-started/6000",
  );
  platform.server.s3.seedObject(target.vault, `${INCIDENT_FOLDER}/captures/6000/ecs/service.json`, "{}\n");
  const second = { runAttempt: 2 };
  await preserve(platform.deps(second), await openWith(platform, authority, second), ["ecs", "audit-logs"]);
  return platform;
}

function openWith(
  platform: PreservePlatform,
  authority: string | undefined,
  changes: { runAttempt?: number },
): Promise<IncidentRecord> {
  const evidence = { ...runbook.evidence, ...(authority ? { timestamp_authorities: [authority] } : {}) };
  const stamping: Runbook = { ...runbook, evidence };
  return IncidentRecord.open(platform.deps(changes), stamping, "dev", INCIDENT);
}

/** Copies the vault into a new folder, as a stranger would be given it. */
export async function exportVault(platform: PreservePlatform): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-verify-"));
  await platform.server.s3.exportTo(target.vault, folder);
  return folder;
}

export function keysIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** What both verifiers say in common: a verdict, and the problems with their objects, in a fixed order. */
export interface Said {
  verdict: string;
  problems: string[];
}

export async function firstVerifier(folder: string): Promise<Said> {
  const store = await FolderStore.at(folder);
  if (!store) return { verdict: "could-not-check", problems: [] };
  return said(await verify(store, folder, await store.incidents(), new Date()));
}

export const PYTHON = spawnSync("python3", ["--version"]).status === 0 ? "python3" : undefined;

/** What the second verifier says of each of several folders. */
export async function secondVerifier(...folders: string[]): Promise<Said[]> {
  const script = join(import.meta.dirname, "second_verifier.py");
  const command = ["-I", script, "--json", ...folders];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(PYTHON ?? "", command, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (stderr !== "") reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  const lines = output.trimEnd().split("\n");
  return lines.map((line) => said(JSON.parse(line) as Pick<Report, "verdict" | "incidents">));
}

export function said({ verdict, incidents }: Pick<Report, "verdict" | "incidents">): Said {
  const problems = incidents.flatMap((incident) => incident.problems);
  return { verdict, problems: problems.map(({ code, objects }) => [code, ...objects].join(" ")).sort() };
}
