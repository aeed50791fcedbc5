import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createRandom } from "../../drill/random.ts";
import { CAPTURE, INCIDENT_FOLDER, LATE_OBJECT, NEWEST_CAPTURE, SUPPLEMENT } from "./fixture.ts";
import { oddDocuments } from "./odd-documents.ts";

/** Generated ways to tamper with preserved evidence. Each names the objects that a verifier has to name, all of them. */
export interface Tampering {
  name: string;
  objects: string[];
  apply(folder: string): void;
}

type Json = Record<string, unknown>;
interface ManifestJson extends Json {
  items: { key: string; size: number; sha256: string; detail?: Json; collectedAt: string; origin: Json }[];
  sources: { source: string; status: string; gaps: Json[]; streams?: Json[] }[];
  label: Json;
}

const MANIFEST = `${CAPTURE}/manifest.json`;
const LABEL = `${CAPTURE}/label.json`;

/** `keys` are those of the untouched copy in `folder`. */
export function tamperings(folder: string, keys: readonly string[]): Tampering[] {
  const ledger = keys.filter((key) => key.startsWith(`${INCIDENT_FOLDER}/ledger/`));
  const head = ledger.at(-1) ?? "";
  const folders = [CAPTURE, SUPPLEMENT, NEWEST_CAPTURE].map((capture) => `${capture}/`);
  const sealed = keys.filter((key) => folders.some((start) => key.startsWith(start)));
  const items = sealed.filter((key) => !/\/(manifest|label)\.[^/]*$/.test(key) && key !== LATE_OBJECT);
  const vouchedFor = [...sealed, ...ledger.filter((key) => key !== head)];
  return [
    ...vouchedFor.flatMap(bytesChanged),
    ...vouchedFor.map((key) => dropped(key)),
    ...[MANIFEST, LABEL, LATE_OBJECT, head, ...items.slice(0, 8)].map(renamed),
    ...swapped(folder, [...items, LATE_OBJECT]),
    ...added(),
    ...[items[0] ?? "", LABEL, MANIFEST, ledger[1] ?? ""].map(linked),
    ...manifestEdited(items.filter((key) => key.startsWith(`${CAPTURE}/`))),
    ...supplementEdited(),
    ...labelEdited(),
    ...signatureReplaced(keys),
    ...ledgerEdited(ledger),
    ...headEdited(folder, ledger),
    ...oddDocuments(ledger),
  ];
}

function bytesChanged(key: string): Tampering[] {
  const random = createRandom(createHash("sha256").update(key).digest().readUInt32BE());
  const one = (what: string, change: (path: string) => void): Tampering => ({
    name: `${what}: ${key}`,
    objects: [key],
    apply: (folder) => change(join(folder, key)),
  });
  const flip = one("a flipped bit", (path) => {
    const bytes = readFileSync(path);
    const position = Math.floor(random.next() * bytes.byteLength);
    bytes[position] = (bytes[position] ?? 0) ^ (1 << Math.floor(random.next() * 8));
    writeFileSync(path, bytes);
  });
  return [
    flip,
    one("the last byte cut off", (path) => truncateSync(path, readFileSync(path).byteLength - 1)),
    one("emptied", (path) => truncateSync(path, 0)),
    one("a line end appended", (path) => appendFileSync(path, "\n")),
  ];
}

function dropped(key: string, objects = [key]): Tampering {
  return { name: `dropped: ${key}`, objects, apply: (folder) => rmSync(join(folder, key)) };
}

function renamed(key: string): Tampering {
  const other = `${key}.bak`;
  // Without its manifest a capture's other objects cannot be judged; without its last entry the ledger is a shorter one.
  const objects =
    key === MANIFEST ? [key] : key.startsWith(`${INCIDENT_FOLDER}/ledger/`) ? [other] : [key, other];
  return {
    name: `renamed: ${key}`,
    objects,
    apply: (folder) => renameSync(join(folder, key), join(folder, other)),
  };
}

/** Pairs whose contents differ. */
function swapped(folder: string, items: readonly string[]): Tampering[] {
  const content = (key: string) => readFileSync(join(folder, key));
  return items.flatMap((one, index) => {
    const other = items.slice(index + 1).find((key) => !content(key).equals(content(one)));
    if (other === undefined) return [];
    const apply = (where: string) => {
      const [first, second] = [one, other].map((key) => readFileSync(join(where, key)));
      writeFileSync(join(where, one), second ?? "");
      writeFileSync(join(where, other), first ?? "");
    };
    return [{ name: `swapped: ${one} and ${other}`, objects: [one, other], apply }];
  });
}

function added(): Tampering[] {
  const names = [
    `${CAPTURE}/extra.json`,
    `${CAPTURE}/audit-logs/servicenow/planted.ndjson`,
    `${CAPTURE}/ecs/.hidden`,
    `${CAPTURE}/manifest.json.bak`,
    `${CAPTURE}/manifest.JSON`,
    `${CAPTURE}/a/b/c/d`,
    `${INCIDENT_FOLDER}/note.txt`,
    `${INCIDENT_FOLDER}/captures/loose.json`,
    `${INCIDENT_FOLDER}/Ledger/00000001.json`,
    `${INCIDENT_FOLDER}/ledger/readme.md`,
    `${INCIDENT_FOLDER}/ledger/00000000.json`,
    `${INCIDENT_FOLDER}/ledger/1.json`,
    `${INCIDENT_FOLDER}/ledger/old/00000001.json`,
    `${INCIDENT_FOLDER}/ledger/99999999.json`,
  ];
  const files = names.map((key) => ({
    name: `added: ${key}`,
    objects: [key],
    apply: (folder: string) => {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), "{}\n");
    },
  }));
  const planted = `${INCIDENT_FOLDER}/captures/8000/`;
  return [
    ...files,
    {
      name: "added: a whole capture, copied under another name",
      objects: [planted, `${planted}manifest.json`],
      apply: (folder) => {
        mkdirSync(join(folder, planted));
        for (const name of ["manifest.json", "label.json"])
          copyFileSync(join(folder, CAPTURE, name), join(folder, planted, name));
      },
    },
  ];
}

/** The same bytes, but elsewhere: what a link leads to can change at any time. */
function linked(key: string): Tampering {
  return {
    name: `replaced by a link: ${key}`,
    objects: [key],
    apply: (folder) => {
      const elsewhere = join(folder, "elsewhere");
      renameSync(join(folder, key), elsewhere);
      symlinkSync(elsewhere, join(folder, key));
    },
  };
}

/** What a supplementary capture adds to, changed. */
function supplementEdited(): Tampering[] {
  const manifest = `${SUPPLEMENT}/manifest.json`;
  const edit = (name: string, supplements: Json | undefined, objects: string[]): Tampering => ({
    name: `supplement: ${name}`,
    objects: [manifest, ...objects],
    apply: (folder) => editJson(folder, manifest, (json) => Object.assign(json, { supplements })),
  });
  const none = "0".repeat(64);
  return [
    edit("of a capture that is not there", { capture: "6999", manifestSha256: none }, [
      `${INCIDENT_FOLDER}/captures/6999/manifest.json`,
    ]),
    edit("of one that is not sealed", { capture: "6000", manifestSha256: none }, [
      `${INCIDENT_FOLDER}/captures/6000/manifest.json`,
    ]),
    edit("of the right one with another digest", { capture: "7001", manifestSha256: none }, [MANIFEST]),
    edit("of itself", { capture: "7001_7001", manifestSha256: none }, []),
    edit("of nothing", undefined, []),
  ];
}

function manifestEdited(items: readonly string[]): Tampering[] {
  const edit = (
    name: string,
    change: (manifest: ManifestJson) => void,
    objects: string[] = [],
  ): Tampering => ({
    name: `manifest: ${name}`,
    objects: [MANIFEST, ...objects],
    apply: (folder) => editJson(folder, MANIFEST, (json) => change(json as ManifestJson)),
  });
  const last = items.at(-1) ?? "";
  const forged = {
    source: "ecs",
    key: `${CAPTURE}/ecs/forged.json`,
    versionId: null,
    size: 3,
    method: "put",
  };
  return [
    edit("an item taken out", (json) => json.items.pop()),
    edit("an item twice", (json) => json.items.push(...json.items.slice(0, 1))),
    edit("all items out", (json) => json.items.splice(0)),
    edit("items in another order", (json) => json.items.reverse()),
    edit("its own key as an item", (json) => Object.assign(json.items[0] ?? {}, { key: MANIFEST })),
    edit("an item of another capture", (json) =>
      Object.assign(json.items[0] ?? {}, { key: `${NEWEST_CAPTURE}/manifest.json` }),
    ),
    edit("an item outside", (json) => Object.assign(json.items[0] ?? {}, { key: "../../../etc/passwd" })),
    edit("a source declared complete", (json) => Object.assign(json.sources[0] ?? {}, { status: "partial" })),
    edit("a source out", (json) => json.sources.pop()),
    edit("complete turned", (json) => Object.assign(json, { complete: json.complete !== true })),
    edit("a gap made up", (json) => json.sources[0]?.gaps.push({ what: "x", why: "y" })),
    edit("streams emptied", (json) => Object.assign(json.sources[0] ?? {}, { streams: [] })),
    edit("a stream with fewer events", (json) =>
      Object.assign(json.sources[0]?.streams?.[0] ?? {}, { events: 1 }),
    ),
    edit("an item's events as text", (json) => {
      const counted = json.items.find(({ detail }) => typeof detail?.events === "number");
      Object.assign(counted?.detail ?? {}, { events: String(counted?.detail?.events) });
    }),
    edit("another window", (json) =>
      Object.assign(json, { window: { from: json.sealedAt, to: json.sealedAt } }),
    ),
    edit("another day of sealing", (json) => Object.assign(json, { sealedAt: "2020-01-01T00:00:00.000Z" })),
    edit("another ledger head", (json) => Object.assign(json, { ledgerHead: "0".repeat(64) })),
    edit("another incident", (json) => Object.assign(json, { incident: "INC-43" })),
    edit("another capture", (json) => Object.assign(json, { capture: "7002" })),
    edit("another label", (json) => Object.assign(json.label, { sha256: "0".repeat(64) }), [LABEL]),
    edit("without digest", (json) => Object.assign(json.items[0] ?? {}, { sha256: null }), items.slice(0, 0)),
    edit("another time of collection", (json) =>
      Object.assign(json.items[0] ?? {}, { collectedAt: "2020-01-01T00:00:00.000Z" }),
    ),
    edit("another origin", (json) =>
      Object.assign(json.items[0] ?? {}, { origin: { uri: "s3://elsewhere/x" } }),
    ),
    edit("an unknown schema", (json) => Object.assign(json, { schema: "firebreak/manifest/v9" })),
    edit("a member more", (json) => Object.assign(json, { note: "nothing to see here" })),
    {
      name: "manifest: only its white space",
      objects: [MANIFEST],
      apply: (folder) =>
        writeFileSync(join(folder, MANIFEST), JSON.stringify(JSON.parse(readText(folder, MANIFEST)))),
    },
    ...items.slice(0, 10).map((key) => ({
      name: `manifest: an item rewritten and hashed anew: ${key}`,
      objects: [MANIFEST],
      apply: (folder: string) => rewriteItem(folder, key),
    })),
    {
      name: "manifest: an item rewritten, hashed anew, and the ledger's entry too",
      objects: [`${INCIDENT_FOLDER}/ledger/00000003.json`],
      apply: (folder) => {
        rewriteItem(folder, last);
        const manifest = readFileSync(join(folder, MANIFEST));
        editJson(folder, `${INCIDENT_FOLDER}/ledger/00000003.json`, (entry) => {
          Object.assign(entry.data as Json, { manifestSha256: sha256(manifest) });
        });
      },
    },
    {
      name: "manifest: an item forged and listed",
      objects: [MANIFEST],
      apply: (folder) => {
        writeFileSync(join(folder, forged.key), "{}\n");
        editJson(folder, MANIFEST, (json) => {
          const [first] = (json as ManifestJson).items;
          (json as ManifestJson).items.push({
            ...forged,
            sha256: sha256(Buffer.from("{}\n")),
            collectedAt: first?.collectedAt ?? "",
            origin: { uri: "ecs:forged" },
          } as ManifestJson["items"][number]);
        });
      },
    },
    {
      name: "manifest: taken from the other capture",
      objects: [MANIFEST],
      apply: (folder) => copyFileSync(join(folder, NEWEST_CAPTURE, "manifest.json"), join(folder, MANIFEST)),
    },
  ];
}

function rewriteItem(folder: string, key: string): void {
  const bytes = Buffer.from('{"rewritten":true}\n');
  writeFileSync(join(folder, key), bytes);
  editJson(folder, MANIFEST, (json) => {
    const item = (json as ManifestJson).items.find((one) => one.key === key);
    Object.assign(item ?? {}, { size: bytes.byteLength, sha256: sha256(bytes) });
  });
}

function labelEdited(): Tampering[] {
  const changes: [string, Json][] = [
    ["description", { description: "nothing happened" }],
    ["no description", { description: " " }],
    ["date", { incidentDate: "2020-01-01T00:00:00.000Z" }],
    ["no date", { incidentDate: null }],
    ["exporter", { exportedBy: { login: "mallory", name: "Mallory" } }],
    ["no exporter", { exportedBy: undefined }],
    ["incident", { incident: "INC-43" }],
    ["capture", { capture: "7001-2" }],
    ["severity", { severity: "low" }],
  ];
  return changes.map(([name, change]) => ({
    name: `label: ${name}`,
    objects: [LABEL],
    apply: (folder) => editJson(folder, LABEL, (label) => Object.assign(label, change)),
  }));
}

/** By somebody who has another key, or another capture's signature and time-stamp. */
function signatureReplaced(keys: readonly string[]): Tampering[] {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [envelope, pem] = [`${CAPTURE}/manifest.dsse.json`, `${CAPTURE}/manifest.pub.pem`];
  const signAgain = (folder: string) =>
    editJson(folder, envelope, (json) => {
      const payload = Buffer.from(String(json.payload), "base64");
      const type = String(json.payloadType);
      const head = Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.byteLength} `);
      const sig = sign("sha256", Buffer.concat([head, payload]), privateKey).toString("base64");
      Object.assign(json, { signatures: [{ keyid: "another", sig }] });
    });
  const writeKey = (folder: string) =>
    writeFileSync(join(folder, pem), publicKey.export({ type: "spki", format: "pem" }));
  const others = keys.filter((key) => /\/7001-2\/manifest\.(dsse\.json|tsr)$/.test(key));
  return [
    { name: "signature: by another key", objects: [envelope], apply: signAgain },
    { name: "signature: another key beside it", objects: [pem], apply: writeKey },
    {
      name: "signature: by another key, which lies beside it",
      objects: [envelope, pem],
      apply: (folder) => {
        signAgain(folder);
        writeKey(folder);
      },
    },
    {
      name: "signature: none",
      objects: [envelope],
      apply: (folder) => editJson(folder, envelope, (json) => Object.assign(json, { signatures: [] })),
    },
    ...others.map((key) => ({
      name: `another capture's: ${key}`,
      objects: [key.replace("/7001-2/", "/7001/")],
      apply: (folder: string) =>
        copyFileSync(join(folder, key), join(folder, key.replace("/7001-2/", "/7001/"))),
    })),
  ];
}

function ledgerEdited(ledger: readonly string[]): Tampering[] {
  const edits: [string, (entry: Json) => void][] = [
    ["its time", (entry) => Object.assign(entry, { at: "2020-01-01T00:00:00.000Z" })],
    ["its author", (entry) => Object.assign(entry.by as Json, { login: "mallory" })],
    ["its kind", (entry) => Object.assign(entry, { kind: "reviewed" })],
    ["its data", (entry) => Object.assign(entry.data as Json, { capture: "x" })],
    ["its number", (entry) => Object.assign(entry, { sequence: 77 })],
    ["its predecessor", (entry) => Object.assign(entry, { previous: "0".repeat(64) })],
    ["its incident", (entry) => Object.assign(entry, { incident: "INC-43" })],
  ];
  const single = ledger.slice(0, -1).flatMap((key) =>
    edits.map(([name, change]) => ({
      name: `ledger: ${name}: ${key}`,
      objects: [key],
      apply: (folder: string) => editJson(folder, key, change),
    })),
  );
  const swaps = ledger.slice(0, -1).map((key, index) => {
    const next = ledger[index + 1] ?? "";
    const apply = (folder: string) => {
      const [one, other] = [key, next].map((name) => readFileSync(join(folder, name)));
      writeFileSync(join(folder, key), other ?? "");
      writeFileSync(join(folder, next), one ?? "");
    };
    return { name: `ledger: ${key} and its successor in reverse`, objects: [key, next], apply };
  });
  const closedUp = ledger.slice(0, -1).map((_key, index) => ({
    name: `ledger: entry ${index + 1} out and the rest moved up`,
    objects: [ledger[index] ?? ""],
    apply: (folder: string) => {
      rmSync(join(folder, ledger[index] ?? ""));
      for (let later = index + 1; later < ledger.length; later += 1)
        renameSync(join(folder, ledger[later] ?? ""), join(folder, ledger[later - 1] ?? ""));
    },
  }));
  const next = `${INCIDENT_FOLDER}/ledger/${String(ledger.length + 1).padStart(8, "0")}.json`;
  const doubled = ledger.map((key) => ({
    name: `ledger: ${key} again at the end, well linked`,
    objects: [key, next],
    apply: (folder: string) => {
      const previous = sha256(readFileSync(join(folder, ledger.at(-1) ?? "")));
      copyFileSync(join(folder, key), join(folder, next));
      editJson(folder, next, (entry) => Object.assign(entry, { sequence: ledger.length + 1, previous }));
    },
  }));
  return [...single, ...swaps, ...closedUp, ...doubled];
}

/**
 * The newest seal's entry as the ledger's head. Nothing follows it; what it says of the capture is held against the
 * manifest.
 */
function headEdited(folder: string, ledger: readonly string[]): Tampering[] {
  const head = ledger.findLast((key) => readText(folder, key).includes('"kind": "capture-sealed"')) ?? "";
  const cut = (where: string) => {
    for (const key of ledger.slice(ledger.indexOf(head) + 1)) rmSync(join(where, key));
  };
  const edited = (where: string, change: (entry: Json) => void) => {
    cut(where);
    editJson(where, head, change);
  };
  const manifest = `${NEWEST_CAPTURE}/manifest.json`;
  const changes: [string, string[], Json][] = [
    ["manifest digest", [manifest], { manifestSha256: "0".repeat(64) }],
    ["manifest key", [head], { manifestKey: MANIFEST }],
    ["items", [head], { items: 3 }],
    ["bytes", [head], { bytes: 3 }],
    ["complete", [head], { complete: true }],
    ["sources", [head], { sources: [] }],
    ["capture", [manifest], { capture: "7001" }],
    ["no digest", [head], { manifestSha256: null }],
  ];
  const data = changes.map(([name, objects, change]) => ({
    name: `ledger head: ${name}`,
    objects,
    apply: (where: string) => edited(where, (entry) => Object.assign(entry.data as Json, change)),
  }));
  const envelope = [
    { key: "capture-sealed/other" },
    { previous: null },
    { previous: "0".repeat(64) },
    { sequence: 1 },
    { incident: "INC-43" },
    { at: "yesterday" },
    { schema: "none" },
    { by: {} },
  ];
  return [
    ...data,
    ...envelope.map((change) => ({
      name: `ledger head: ${JSON.stringify(change)}`,
      objects: [head],
      apply: (where: string) => edited(where, (entry) => Object.assign(entry, change)),
    })),
    {
      name: "ledger head: cut off in the middle",
      objects: [head],
      apply: (where) => {
        cut(where);
        truncateSync(join(where, head), 100);
      },
    },
    {
      name: "ledger head: dropped",
      objects: [manifest],
      apply: (where) => {
        cut(where);
        rmSync(join(where, head));
      },
    },
  ];
}

export function editJson(folder: string, key: string, change: (json: Json) => void): void {
  const json = JSON.parse(readText(folder, key)) as Json;
  change(json);
  writeFileSync(join(folder, key), `${JSON.stringify(json, null, 2)}\n`);
}

function readText(folder: string, key: string): string {
  return readFileSync(join(folder, key), "utf8");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
