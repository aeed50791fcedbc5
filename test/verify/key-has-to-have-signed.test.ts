import { createHash, generateKeyPairSync } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Trust } from "../../src/verify/companions.ts";
import { FolderStore } from "../../src/verify/folder-store.ts";
import { verify } from "../../src/verify/verify.ts";
import {
  CAPTURE,
  exportVault,
  INCIDENT_FOLDER,
  NEWEST_CAPTURE,
  preservedIncident,
  SUPPLEMENT,
} from "./fixture.ts";

type Json = Record<string, unknown>;
interface Manifest extends Json {
  items: { key: string; size: number; sha256: string }[];
  supplements?: { capture: string; manifestSha256: string };
  ledgerHead: string;
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
const MANIFESTS = [CAPTURE, SUPPLEMENT, NEWEST_CAPTURE].map((capture) => `${capture}/manifest.json`);
const anotherKey = String(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
);

let signed: string;
let forged: string;
let publicKey: string;
beforeAll(async () => {
  const platform = await preservedIncident();
  signed = await exportVault(platform);
  await platform.close();
  publicKey = readFileSync(join(signed, CAPTURE, "manifest.pub.pem"), "utf8");
  forged = mkdtempSync(join(tmpdir(), "firebreak-forged-"));
  cpSync(signed, forged, { recursive: true });
  forge(forged);
});
afterAll(() => {
  for (const folder of [signed, forged]) rmSync(folder, { recursive: true });
});

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const readJson = <Value>(path: string) => JSON.parse(readFileSync(path, "utf8")) as Value;

/** An item altered, no signature left, and everything that vouches for it written anew, consistently. */
function forge(folder: string): void {
  const ledger = join(folder, INCIDENT_FOLDER, "ledger");
  const heads = new Map<string, string>();
  const manifests = new Map<string, string>();
  let previous: string | null = null;
  for (const name of readdirSync(ledger).sort()) {
    const path = join(ledger, name);
    const old = sha256(readFileSync(path));
    const entry = readJson<Json & { kind: string; data: Json }>(path);
    const { kind, data } = entry;
    const capture = String(data.capture);
    if (kind === "capture-sealed") data.bytes = reseal(folder, capture, heads, manifests);
    if ("manifestSha256" in data) data.manifestSha256 = manifests.get(capture);
    if (kind === "capture-signed") Object.assign(data, { signature: null, timestamp: null });
    const text: string = JSON.stringify(Object.assign(entry, { previous }));
    writeFileSync(path, text);
    previous = sha256(text);
    heads.set(old, previous);
  }
}

function reseal(
  folder: string,
  capture: string,
  heads: ReadonlyMap<string, string>,
  manifests: Map<string, string>,
): number {
  const at = join(folder, INCIDENT_FOLDER, "captures", capture);
  for (const name of ["manifest.dsse.json", "manifest.pub.pem", "manifest.tsr"])
    rmSync(join(at, name), { force: true });
  const manifest = readJson<Manifest>(join(at, "manifest.json"));
  const item = manifest.items.find(({ key }) => key === `${CAPTURE}/ecs/service.json`);
  if (item) {
    const bytes = "altered\n";
    writeFileSync(join(folder, item.key), bytes);
    Object.assign(item, { size: bytes.length, sha256: sha256(bytes) });
  }
  manifest.ledgerHead = heads.get(manifest.ledgerHead) ?? "";
  if (manifest.supplements)
    manifest.supplements.manifestSha256 = manifests.get(manifest.supplements.capture) ?? "";
  const text = JSON.stringify(manifest);
  writeFileSync(join(at, "manifest.json"), text);
  manifests.set(capture, sha256(text));
  return manifest.items.reduce((sum, { size }) => sum + size, 0);
}

async function verified(folder: string, trust: Trust = {}) {
  const store = await FolderStore.at(folder);
  if (!store) throw new Error(`${folder} holds no incident`);
  const { verdict, incidents } = await verify(store, folder, await store.incidents(), new Date(), trust);
  const named = (found: { code: string; objects: string[] }[]) =>
    found.map(({ code, objects }) => [code, ...objects].join(" "));
  return {
    verdict,
    problems: incidents.flatMap(({ problems }) => named(problems)),
    unchecked: incidents.flatMap(({ unchecked }) => named(unchecked)),
    notes: incidents.flatMap(({ notes }) => named(notes)),
  };
}

describe("signed evidence", () => {
  test("holds under the key that signed, and under no other", async () => {
    expect(await verified(signed, { publicKey })).toMatchObject({ verdict: "verified", problems: [] });
    const { verdict, problems } = await verified(signed, { publicKey: anotherKey });
    expect({ verdict, problems: problems.length }).toEqual({ verdict: "not-verified", problems: 3 });
  });

  test("with a key that cannot be read could not be checked", async () => {
    const { verdict, problems, unchecked } = await verified(signed, { publicKey: "no key" });
    expect({ verdict, problems, unchecked }).toEqual({
      verdict: "could-not-check",
      problems: [],
      unchecked: [CAPTURE, NEWEST_CAPTURE, SUPPLEMENT].map(
        (capture) => `envelope-signature ${capture}/manifest.dsse.json`,
      ),
    });
  });

  test("without a time-stamp fails whoever names authorities to trust, and is only noted otherwise", async () => {
    const { verdict, problems } = await verified(signed, { timestampAuthorities: CERTIFICATE });
    expect(verdict).toBe("not-verified");
    expect(problems.sort()).toEqual(MANIFESTS.map((key) => `timestamp-missing ${key}`).sort());
    const { notes } = await verified(signed);
    expect(notes).toEqual(expect.arrayContaining(MANIFESTS.map((key) => `not-time-stamped ${key}`)));
    expect(notes.filter((note) => note.startsWith("not-signed"))).toEqual([]);
  });
});

describe("evidence written anew from end to end, with every signature taken away", () => {
  test("fails whoever gives the key that has to have signed", async () => {
    const { verdict, problems } = await verified(forged, { publicKey });
    expect(verdict).toBe("not-verified");
    expect(problems.sort()).toEqual(MANIFESTS.map((key) => `envelope-missing ${key}`).sort());
  });

  test("agrees with itself, and is said to be unsigned", async () => {
    const { verdict, notes } = await verified(forged);
    expect(verdict).toBe("verified");
    expect(notes).toEqual(expect.arrayContaining(MANIFESTS.map((key) => `not-signed ${key}`)));
  });
});
