/** What a capture is worth, by the verifier and by the platform's own stores. */
import { expect } from "@jest/globals";
import type { SmallWorld } from "./small-world.ts";
import { missingFrom, readCapture, type SealedManifest } from "./truth.ts";

/** A source that asks people for what only they can give is as far as it can be. */
const DONE = ["complete", "requested"];

/** How the sources of an undisturbed capture ended, and what it holds: others of the same world are held against it. */
export interface Baseline {
  statuses: Record<string, string>;
  items: string[];
  complete: boolean;
}

export async function baselineOf(world: SmallWorld, incident: number, capture: string): Promise<Baseline> {
  const manifest = await expectWhole(world, incident, [capture]);
  expect(Object.values(statusesOf(manifest)).filter((status) => !DONE.includes(status))).toEqual([]);
  // Which files a trail has of the newest minutes depends on how fast the machine is.
  const items = manifest.items
    .map(({ key }) => nameIn(manifest, incident, key))
    .filter((name) => !name.startsWith("cloudtrail/trail/"));
  return { statuses: statusesOf(manifest), items: items.sort(), complete: manifest.complete };
}

/**
 * One sealed capture of each name and no other, verified, each item once, announced once, with everything that the
 * platform holds. @returns the last one's manifest.
 */
export async function expectWhole(
  world: SmallWorld,
  incident: number,
  captures: readonly string[],
  baseline?: Baseline,
): Promise<SealedManifest> {
  const report = await world.verify(incident);
  const { verdict, problems, unchecked } = report;
  expect({ incident, verdict, problems, unchecked }).toEqual({
    incident,
    verdict: "verified",
    problems: [],
    unchecked: [],
  });
  expect(report.captures.map(({ capture }) => capture)).toEqual([...captures].sort());
  let manifest: SealedManifest | undefined;
  for (const capture of captures) {
    const stored = await readCapture(world, incident, capture);
    if (!stored) throw new Error(`capture ${capture} of incident ${incident} is not sealed`);
    manifest = stored.manifest;
    const keys = manifest.items.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    if (baseline) {
      const { complete, statuses } = baseline;
      expect({ complete: manifest.complete, statuses: statusesOf(manifest) }).toEqual({ complete, statuses });
    }
    const missing = await missingFrom(world, stored);
    expect({ incident, missing: Object.values(missing).flat() }).toEqual({ incident, missing: [] });
    if (!baseline) continue;
    expect(lostItems(manifest, incident, baseline)).toEqual([]);
  }
  if (!manifest) throw new Error("no capture was asked for");
  const kinds = await ledgerKinds(world, incident);
  for (const kind of ["capture-started", "capture-sealed", "capture-signed"])
    expect([kind, kinds.filter((one) => one === kind).length]).toEqual([kind, captures.length]);
  return manifest;
}

/** The kinds of the ledger's entries, in order, read from the vault's bytes. */
export async function ledgerKinds({ platform, target }: SmallWorld, incident: number): Promise<string[]> {
  const { s3 } = platform.aws;
  const kinds: string[] = [];
  for (const key of s3.currentKeys(target.vault, `incidents/INC-${incident}/ledger/`)) {
    const entry = JSON.parse((await s3.readObject(target.vault, key)).toString("utf8")) as { kind: string };
    kinds.push(entry.kind);
  }
  return kinds;
}

export function statusesOf({ sources }: SealedManifest): Record<string, string> {
  return Object.fromEntries(
    sources.map(({ source, status, gaps }) => [source, [status, ...gaps.map(gapText)].join("; ")]),
  );
}

/** What an undisturbed capture of the world holds and this one does not, by their places. */
export function lostItems(manifest: SealedManifest, incident: number, baseline: Baseline): string[] {
  const names = new Set(manifest.items.map(({ key }) => nameIn(manifest, incident, key)));
  return baseline.items.filter((name) => !names.has(name));
}

/** An item's place in its capture, the same in every capture of the world. */
function nameIn({ capture }: SealedManifest, incident: number, key: string): string {
  return key.replace(`incidents/INC-${incident}/captures/${capture}/`, "");
}

function gapText({ what, why }: { what: string; why: string }): string {
  return `${what}: ${why}`;
}
