import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/record-attestation/inputs.ts";
import { run } from "../../../src/actions/record-attestation/run.ts";
import { ATTESTED_PREDICATE_TYPE } from "../../../src/evidence/attestation/statement.ts";
import { preserve } from "../../../src/evidence/capture.ts";
import { verifyIncident } from "../../../src/verify/incident.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../../support/preserve-platform.ts";

const common = {
  incident: 42,
  mcp: undefined,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "t",
  dryRun: false,
};
const URL = "https://github.com/acme/platform/attestations/1234";

let platform: PreservePlatform;
let manifestSha256: string;
beforeEach(async () => {
  platform = await startPreservePlatform();
  await platform.declare();
  ({ sha256: manifestSha256 } = await preserve(platform.deps(), await platform.open(), ["audit-logs"]));
});
afterEach(() => platform.close());

const attested = async () => (await platform.open()).all("capture-attested").map(({ data }) => data);

test("an attestation is in the ledger once, by address", async () => {
  const inputs = { ...common, capture: "7001", manifestSha256, url: URL };
  await run(inputs, platform.deps());
  expect(await run(inputs, platform.deps())).toEqual({ attested: "true" });
  expect(await attested()).toEqual([{ capture: "7001", manifestSha256, url: URL, why: null }]);
});

test("one that could not be made is a gap by name", async () => {
  const inputs = { ...common, capture: "7001", manifestSha256, url: undefined };
  expect(await run(inputs, platform.deps())).toEqual({ attested: "false" });
  expect(await attested()).toEqual([
    { capture: "7001", manifestSha256, url: null, why: expect.stringContaining("GitHub made none") },
  ]);
});

test("one of a manifest that the ledger does not know is refused", async () => {
  const inputs = { ...common, capture: "7001", manifestSha256: "0".repeat(64), url: URL };
  await expect(run(inputs, platform.deps())).rejects.toMatchObject({ reason: "not-sealed" });
  expect(await attested()).toEqual([]);
});

test("a dry run records nothing", async () => {
  await run({ ...common, dryRun: true, capture: "7001", manifestSha256, url: URL }, platform.deps());
  expect(await attested()).toEqual([]);
});

test("the verifier says how to check it and does not claim to have", async () => {
  await run({ ...common, capture: "7001", manifestSha256, url: URL }, platform.deps());
  const store = new S3Store(platform.aws.s3, target.vault, () => new Date(platform.clock.now()));
  const { problems, notes } = await verifyIncident(store, "INC-42", {});
  expect(problems).toEqual([]);
  expect(notes.filter(({ code }) => code === "attested-elsewhere")).toEqual([
    {
      code: "attested-elsewhere",
      objects: ["incidents/INC-42/captures/7001/manifest.json"],
      message: expect.stringMatching(
        /GitHub is said to have attested.*attestations\/1234.*not checked here: gh attestation verify .*manifest\.json> --repo acme\/platform --predicate-type urn:firebreak/,
      ),
    },
  ]);
});

test.each([
  ["capture", "../7001"],
  ["manifest-sha256", "ABC"],
  ["url", "javascript:alert(1)"],
])("the input %s with %j is refused", (name, value) => {
  const given = {
    incident: "42",
    environment: "dev",
    capture: "7001",
    "manifest-sha256": "a".repeat(64),
    url: URL,
    "github-token": "t",
    [name]: value,
  };
  const env = Object.fromEntries(
    Object.entries(given).map(([key, text]) => [`INPUT_${key.toUpperCase()}`, text]),
  );
  expect(() => readInputs(new InputReader(env))).toThrow(new RegExp(name));
});

test.each(["incident.yml", "preserve.yml"])("%s attests what the verifier's command asks for", (name) => {
  const workflow = readFileSync(`.github/workflows/${name}`, "utf8");
  expect(workflow).toContain(`predicate-type: ${ATTESTED_PREDICATE_TYPE}\n`);
});
