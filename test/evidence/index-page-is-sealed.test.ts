import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { preserve } from "../../src/evidence/capture.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { ActionDeps } from "../../src/ports.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { listKeys, readObject } from "../../src/vault/vault.ts";
import { verifyIncident } from "../../src/verify/incident.ts";
import { S3Store } from "../../src/verify/s3-store.ts";
import {
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const FOLDER = "incidents/INC-42/captures/7001/";
const SOURCES = ["audit-logs", "ecs", "ssm-parameter"] as const;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [] });
  await platform.declare();
  seedAuditObject("one");
});
afterEach(() => platform.close());

function seedAuditObject(name: string): void {
  const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
  platform.server.s3.seedObject(target.auditBucket, `servicenow/${day}/${name}`, name);
}

/** `deps` whose S3 refuses what `refuses` picks. */
function refusing(refuses: (operation: string, key: string) => boolean, name: string): ActionDeps {
  const s3 = Object.create(platform.aws.s3, {
    send: {
      value: (command: { constructor: { name: string }; input: { Key?: string } }) =>
        refuses(command.constructor.name.replace(/Command$/, ""), command.input.Key ?? "")
          ? Promise.reject(Object.assign(new Error("no"), { name }))
          : platform.aws.s3.send(command as never),
    },
  });
  return { ...platform.deps(), aws: () => ({ ...platform.aws, s3 }) };
}

async function preserveWith(deps: ActionDeps) {
  return preserve(deps, await IncidentRecord.open(deps, runbook, "dev", 42), SOURCES);
}

const text = async (key: string) => String(await readObject(platform.vault, key));

test("the index page is the last item before the seal, and tells what the manifest tells", async () => {
  const { manifest } = await preserveWith(platform.deps());
  const last = [...manifest.items].at(-1);
  expect(last).toMatchObject({
    source: "index",
    key: `${FOLDER}index.html`,
    origin: { uri: "firebreak:index-page" },
  });
  const page = await text(`${FOLDER}index.html`);
  expect(sha256(page)).toBe(last?.sha256);
  for (const { key, sha256: digest } of manifest.items.filter(({ source }) => source !== "index")) {
    expect(page).toContain(key.slice(FOLDER.length));
    expect(page).toContain(digest ?? "");
  }
  expect(page).toContain("Olga Oncall");
});

test("a run killed between page and seal leaves its page, and the next one tells the truth of what is sealed", async () => {
  const killed = refusing(
    (operation, key) => operation === "PutObject" && key.endsWith("manifest.json"),
    "Killed",
  );
  await expect(preserveWith(killed)).rejects.toThrow("no");
  seedAuditObject("two");
  const { manifest } = await preserveWith(platform.deps());
  const pages = manifest.items.filter(({ source }) => source === "index");
  expect(pages.map(({ key, origin }) => [key.slice(FOLDER.length), origin.uri])).toEqual([
    ["index.html", "firebreak:index-page-of-interrupted-run"],
    ["index~2.html", "firebreak:index-page"],
  ]);
  expect(await text(`${FOLDER}index.html`)).not.toContain("/two</bdi>");
  expect(await text(`${FOLDER}index~2.html`)).toContain("/two</bdi>");
  const keys = manifest.items.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  const inFolder = await listKeys(platform.vault, FOLDER);
  expect(
    inFolder.filter((key) => !/(label|manifest|manifest\.dsse)\.json$|\.pem$|\.tsr$/.test(key)).sort(),
  ).toEqual([...keys].sort());
});

test("a page that cannot be written is a gap, and the capture is sealed without it", async () => {
  const denied = refusing(
    (operation, key) => operation === "PutObject" && key.includes("/index"),
    "AccessDenied",
  );
  const { manifest } = await preserveWith(denied);
  expect(manifest.complete).toBe(false);
  expect(manifest.gaps).toContainEqual({ what: "index.html", why: "AccessDenied: no" });
  expect(manifest.items.filter(({ source }) => source === "index")).toEqual([]);
});

test("the verifier finds a capture with its page in order", async () => {
  await preserveWith(platform.deps());
  const store = new S3Store(platform.aws.s3, target.vault, () => new Date(platform.clock.now()));
  const report = await verifyIncident(store, "INC-42", {});
  expect(report.problems).toEqual([]);
});
