/** Reads the exported vault back: the ledgers and the manifests, as a stranger would find them. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

export interface LedgerLine {
  sequence: number;
  at: string;
  kind: string;
  by: { login: string; job: string };
  data: Record<string, unknown>;
}

export interface ManifestItem {
  source: string;
  key: string;
  size: number;
  sha256: string;
}

export interface CaptureView {
  capture: string;
  complete: boolean;
  sealedAt: string;
  window: { from: string; to: string } | null;
  sources: { source: string; status: string; gaps: { what: string; why: string }[] }[];
  items: ManifestItem[];
}

export interface IncidentEvidence {
  /** For example `INC-1`. */
  incident: string;
  ledger: LedgerLine[];
  captures: CaptureView[];
  /** Captures without a manifest. */
  unsealed: string[];
}

/** The incidents in an exported vault, by number. `folder` is the drill's `evidence/`. */
export async function readEvidence(folder: string): Promise<IncidentEvidence[]> {
  const incidents = await names(join(folder, "incidents"));
  const read = await Promise.all(incidents.map((incident) => readIncident(folder, incident)));
  return read.sort((a, b) => a.incident.localeCompare(b.incident, "en", { numeric: true }));
}

async function readIncident(folder: string, incident: string): Promise<IncidentEvidence> {
  const root = join(folder, "incidents", incident);
  const files = (await names(join(root, "ledger"))).filter((name) => name.endsWith(".json")).sort();
  const ledger = await Promise.all(files.map((name) => readJson(join(root, "ledger", name))));
  const captures = (await names(join(root, "captures"))).sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  const read = await Promise.all(captures.map((capture) => readCapture(join(root, "captures", capture))));
  return {
    incident,
    ledger: ledger.flatMap((entry) => (entry === null ? [] : [toLine(entry)])),
    captures: read.filter((capture) => capture !== null),
    unsealed: captures.filter((_, index) => read[index] === null),
  };
}

async function readCapture(folder: string): Promise<CaptureView | null> {
  const manifest = await readJson(join(folder, "manifest.json"));
  if (manifest === null) return null;
  const { from, to } = record(manifest.window);
  return {
    capture: basename(folder),
    complete: manifest.complete === true,
    sealedAt: String(manifest.sealedAt ?? ""),
    window: from === undefined ? null : { from: String(from), to: String(to) },
    sources: list(manifest.sources).map((source) => ({
      source: String(source.source),
      status: String(source.status),
      gaps: list(source.gaps).map((gap) => ({ what: String(gap.what), why: String(gap.why) })),
    })),
    items: list(manifest.items).map((item) => ({
      source: String(item.source),
      key: String(item.key),
      size: Number(item.size),
      sha256: String(item.sha256),
    })),
  };
}

function toLine(entry: Record<string, unknown>): LedgerLine {
  const by = record(entry.by);
  return {
    sequence: Number(entry.sequence),
    at: String(entry.at),
    kind: String(entry.kind),
    by: { login: String(by.login), job: String(by.job) },
    data: record(entry.data),
  };
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : record(JSON.parse(text));
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
