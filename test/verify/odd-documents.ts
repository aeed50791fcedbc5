import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CAPTURE, INCIDENT_FOLDER } from "./fixture.ts";
import type { Tampering } from "./tampering.ts";

/** What languages read differently, where the format has to say which reading is right. */

const LEDGER = `${INCIDENT_FOLDER}/ledger`;
const BYTES = Buffer.from("late\n");

/** An entry at the ledger's end, well linked, whose text is changed before it is written. */
interface Oddity {
  name: string;
  kind?: string;
  data?: unknown;
  change?: (text: string) => string;
}

const replacing = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`the entry holds no ${from}`);
  return text.replace(from, to);
};
const at = (moment: string) => replacing('"2026-11-23T06:00:00.000Z"', `"${moment}"`);
const nested = (depth: number) => replacing('"x":"x"', `"x":${"[".repeat(depth)}${"]".repeat(depth)}`);
const late = (key: string, size: number) => ({
  kind: "late-objects",
  data: { capture: "7001", objects: [{ key, size, sha256: digest(BYTES) }] },
});

const REFUSED: Oddity[] = [
  {
    name: "a number beyond all doubles",
    change: (text) => text.replace(/"sequence":\d+/, '"sequence":1e999'),
  },
  { name: "a run id beyond all doubles", change: replacing('"runId":1', `"runId":${"1".repeat(400)}`) },
  { name: "a time zone a day away", change: at("2026-11-23T06:00:00+25:00") },
  { name: "a moment without seconds", change: at("2026-11-23T06:00Z") },
  { name: "a leap second", change: at("2026-11-23T06:00:60Z") },
  { name: "the year 0000", change: at("0000-01-01T06:00:00Z") },
  { name: "a day that no calendar has", change: at("2026-02-29T06:00:00Z") },
  { name: "a kind of U+FEFF", kind: "\ufeff" },
  { name: "a kind of U+0085", kind: "\u0085" },
  { name: "a kind of U+3000", kind: "\u3000" },
  { name: "nesting 3,000 deep", change: nested(3000) },
  { name: "nesting just too deep", change: nested(199) },
  { name: "late objects that are no list", kind: "late-objects", data: { capture: "7001", objects: "x" } },
  { name: "late objects without a list", kind: "late-objects", data: { capture: "7001" } },
];

const ALLOWED: Oddity[] = [
  { name: "an integer of 5,000 digits", change: replacing('"x":"x"', `"x":${"1".repeat(5000)}`) },
  { name: "a run id of 30 digits", change: replacing('"runId":1', `"runId":${"1".repeat(30)}`) },
  {
    name: "a whole number with a point",
    change: (text) => text.replace(/"sequence":(\d+)/, '"sequence":$1.0'),
  },
  { name: "nesting as deep as may be", change: nested(198) },
  { name: "brackets in a text", data: { x: `\\"${"[".repeat(500)}` } },
  { name: "a key of U+001F", change: replacing('"odd"', '"\\u001f"') },
  { name: "a leap day, with nanoseconds", change: at("2028-02-29T23:59:59.123456789+14:00") },
  { name: "an unknown kind, with a space before it", kind: " note" },
  {
    name: "late objects of a capture that is not there",
    kind: "late-objects",
    data: { capture: "1", objects: 1 },
  },
];

/** Each has to be found, and the objects named, by both verifiers. `ledger` are the untouched copy's entries. */
export function oddDocuments(ledger: readonly string[]): Tampering[] {
  const next = entryKey(ledger.length + 1);
  const [index, manifest, extra] = ["index.html", "manifest.json", "zz"].map((name) => `${CAPTURE}/${name}`);
  const others = [index ?? "", manifest ?? "", `${CAPTURE}/label.json`, `${LEDGER}/00000001.json`];
  return [
    ...REFUSED.map((oddity) => appended(oddity, [next])),
    ...others.map((key) => appended({ name: `called late: ${key}`, ...late(key, 1) }, [next, key])),
    {
      name: "odd: late, with another size",
      objects: [extra ?? ""],
      apply: (folder) => {
        writeFileSync(join(folder, extra ?? ""), BYTES);
        append(folder, { name: "late", ...late(extra ?? "", 99) });
      },
    },
    {
      name: "odd: a file whose name is no UTF-8",
      objects: [`${CAPTURE}/bad\ufffd\ufffd`],
      apply: (folder) =>
        writeFileSync(
          Buffer.concat([Buffer.from(`${folder}/${CAPTURE}/bad`), Buffer.from([0xff, 0xfe])]),
          "x",
        ),
    },
  ];
}

/** Each is nothing that a verifier objects to. */
export function allowedOddities(): Pick<Tampering, "name" | "apply">[] {
  return ALLOWED.map((oddity) => ({ name: oddity.name, apply: (folder) => append(folder, oddity) }));
}

function appended(oddity: Oddity, objects: string[]): Tampering {
  return { name: `odd: ${oddity.name}`, objects, apply: (folder) => append(folder, oddity) };
}

function append(folder: string, { kind = "note", data = { x: "x" }, change = (text) => text }: Oddity): void {
  const names = readdirSync(join(folder, LEDGER)).sort();
  const newest = readFileSync(join(folder, LEDGER, names.at(-1) ?? ""));
  const entry = {
    schema: "firebreak/ledger-entry/v1",
    incident: "INC-42",
    sequence: names.length + 1,
    previous: digest(newest),
    at: "2026-11-23T06:00:00.000Z",
    kind,
    key: "odd",
    by: { login: "x", runId: 1, runAttempt: 1, job: "j" },
    data,
  };
  writeFileSync(join(folder, entryKey(names.length + 1)), change(JSON.stringify(entry)));
}

function entryKey(number: number): string {
  return `${LEDGER}/${String(number).padStart(8, "0")}.json`;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
