import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { NO_OPENSSL, startTimestampAuthority } from "../support/tsa.ts";
import {
  exportVault,
  firstVerifier,
  INCIDENT_FOLDER,
  keysIn,
  PYTHON,
  preservedIncident,
  type Said,
  secondVerifier,
} from "./fixture.ts";
import { allowedOddities } from "./odd-documents.ts";
import { editJson, type Tampering, tamperings } from "./tampering.ts";

/** The untouched copy, and for each verifier what it said of every tampered one. */
let original: string;
let cases: Tampering[];
const AT_ONCE = 40;
const first = new Map<string, Said>();
const second = new Map<string, Said>();
const withPython = PYTHON ? test : test.skip;
const needsPython = PYTHON ? "" : " (skipped: python3 is not installed)";

beforeAll(async () => {
  const authority = NO_OPENSSL ? undefined : await startTimestampAuthority();
  const platform = await preservedIncident(authority?.url);
  original = await exportVault(platform);
  await Promise.all([platform.close(), authority?.close()]);
  cases = tamperings(original, keysIn(original));
  for (let start = 0; start < cases.length; start += AT_ONCE) {
    const batch = cases.slice(start, start + AT_ONCE);
    const copies = batch.map(({ apply }) => copy(apply));
    const answers = PYTHON ? secondVerifier(...copies) : undefined;
    for (const [index, { name }] of batch.entries())
      first.set(name, await firstVerifier(copies[index] ?? ""));
    for (const [index, said] of ((await answers) ?? []).entries()) second.set(batch[index]?.name ?? "", said);
    for (const folder of copies) rmSync(folder, { recursive: true });
  }
}, 300_000);

afterAll(() => rmSync(original, { recursive: true }));

function copy(change: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-tampered-"));
  cpSync(original, folder, { recursive: true });
  change(folder);
  return folder;
}

/** The cases that were missed: called verified, or without naming every object that was touched. */
function missed(results: ReadonlyMap<string, Said>): unknown[] {
  return cases.flatMap(({ name, objects }) => {
    const { verdict, problems } = results.get(name) ?? { verdict: "none", problems: [] };
    const named = new Set(problems.flatMap((problem) => problem.split(" ").slice(1)));
    const unnamed = objects.filter((object) => !named.has(object));
    return verdict === "not-verified" && unnamed.length === 0 ? [] : [{ name, verdict, unnamed, problems }];
  });
}

describe("tampering with a sealed capture or its ledger", () => {
  test("is tried in at least 200 ways, each another", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(200);
    const stamps = cases.filter(({ name }) => name.endsWith("manifest.tsr"));
    expect(stamps.length > 0).toBe(NO_OPENSSL === undefined);
  });

  test("is detected every time, and every object that was touched is named", () => {
    expect(missed(first)).toEqual([]);
  });

  withPython(`is detected every time by the second verifier as well${needsPython}`, () => {
    expect(missed(second)).toEqual([]);
  });

  withPython(`makes both verifiers name the same problems${needsPython}`, () => {
    // What a signature proves is the first one's alone to say; the second holds the files against the ledger.
    const common = (said?: Said) =>
      said?.problems.filter((one) => !/^(envelope|statement|timestamp)-/.test(one));
    const differing = cases.filter(
      ({ name }) => JSON.stringify(common(first.get(name))) !== JSON.stringify(common(second.get(name))),
    );
    expect(differing.map(({ name }) => [name, first.get(name), second.get(name)])).toEqual([]);
  });
});

describe("the untouched copy", () => {
  const verified = { verdict: "verified", problems: [] };

  test("passes, as a whole and as one incident's folder", async () => {
    expect(await firstVerifier(original)).toEqual(verified);
    expect(await firstVerifier(join(original, INCIDENT_FOLDER))).toEqual(verified);
  });

  withPython(`passes in the second verifier as well${needsPython}`, async () => {
    const folders = [original, join(original, INCIDENT_FOLDER)];
    expect(await secondVerifier(...folders)).toEqual([verified, verified]);
  });
});

describe("what is odd and allowed", () => {
  test(`passes in both verifiers alike${needsPython}`, async () => {
    const odd = allowedOddities();
    const copies = odd.map(({ apply }) => copy(apply));
    const ours = [];
    for (const folder of copies) ours.push(await firstVerifier(folder));
    const passes = odd.map(({ name }) => ({ name, verdict: "verified", problems: [] }));
    expect(ours.map((said, index) => ({ name: odd[index]?.name, ...said }))).toEqual(passes);
    const theirs = PYTHON ? await secondVerifier(...copies) : ours;
    expect(theirs.map((said, index) => ({ name: odd[index]?.name, ...said }))).toEqual(passes);
    for (const folder of copies) rmSync(folder, { recursive: true });
  });
});

describe("what a copy alone cannot show, as docs/evidence-format.md says", () => {
  const head = () => keysIn(original).findLast((key) => key.startsWith(`${INCIDENT_FOLDER}/ledger/`)) ?? "";

  test("is who wrote the newest entry, and when: nothing follows it", async () => {
    const change = (folder: string) =>
      editJson(folder, head(), (entry) => Object.assign(entry, { at: "2020-01-01T00:00:00.000Z" }));
    const folder = copy(change);
    expect((await firstVerifier(folder)).verdict).toBe("verified");
    rmSync(folder, { recursive: true });
  });
});
