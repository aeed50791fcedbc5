import { expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const attesting = (inputs: object, permissions: string) => `jobs:
  a:
    runs-on: ubuntu-latest
    permissions: ${permissions}
    steps:
      - id: attest
        continue-on-error: true
        uses: actions/attest@v4
        with: ${JSON.stringify(inputs)}
      - env: { URL: "\${{ steps.attest.outputs.attestation-url }}" }
        run: echo "url=$URL"
`;
const inputs = {
  "subject-name": "manifest.json",
  "subject-digest": DIGEST,
  "predicate-type": "urn:firebreak:predicate:sealed-manifest:v1",
  predicate: '{"incident":"INC-42"}',
};
const GRANTED = "{ id-token: write, attestations: write }";

test("names an attestation of the repository, the same for the same digest", async () => {
  const [one, two] = [await runYaml(attesting(inputs, GRANTED)), await runYaml(attesting(inputs, GRANTED))];
  const id = /url=.*\/attestations\/(\d+)/;
  expect(one.log("a")).toMatch(id);
  expect(id.exec(one.log("a"))?.[1]).toBe(id.exec(two.log("a"))?.[1]);
});

test.each([
  ["without id-token", inputs, "{ attestations: write }", /missing "id-token" permission/],
  [
    "without a digest",
    { ...inputs, "subject-digest": "" },
    GRANTED,
    /subject-digest, or subject-checksums must be/,
  ],
  ["with a digest of another form", { ...inputs, "subject-digest": "ab" }, GRANTED, /must be in the format/],
])("fails %s, and the job goes on with no address", async (_how, given, permissions, message) => {
  const run = await runYaml(attesting(given, permissions));
  expect(run.conclusions).toEqual({ a: "success" });
  expect(run.log("a")).toMatch(message);
  expect(run.log("a")).toMatch(/Z url=$/m);
});
