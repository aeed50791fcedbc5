import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkRunbook } from "../../src/runbook/check.ts";
import { checkRepository } from "../../src/runbook/repository-check.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const own = readFileSync(join(ROOT, "runbook.yml"), "utf8");
/** Asks nothing of the repository but its workflows. */
const bare = own.replaceAll(/ {4}audit_bucket_policy: .*\n/g, "");
const STAGE = `  stage:
    region: eu-west-1
    cluster: aiconnectors-{env}
    vault: nn-aiconnectors-vault-{env}
    audit_bucket: nn-aiconnectors-audit-{env}
    github_environment: containment-{env}
    evidence_role: arn:aws:iam::111122223333:role/firebreak-evidence-{env}
    containment_role: arn:aws:iam::111122223333:role/firebreak-containment-{env}
    mcps: [servicenow]
`;

const errorsOf = (text: string, root: string) => checkRunbook(text, checkRepository(root)).errors;

describe("the runbook and its repository", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "repository-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const withPolicy = (path: string) =>
    bare.replace("    audit_bucket:", `    audit_bucket_policy: ${path}\n    audit_bucket:`);

  test("agree here", () => {
    expect(errorsOf(own, ROOT)).toEqual([]);
  });

  test("an environment that no workflow offers is an error at its place, with their names", () => {
    expect(errorsOf(own + STAGE, ROOT)).toMatchObject([
      {
        path: "environments.stage",
        message: expect.stringMatching(/incident\.yml.*sweep\.yml.*\.github\/workflows/),
      },
    ]);
  });

  test("one that is offered and left out of the schedule is an error, too; other workflows are not asked", () => {
    const uses = "jobs: { a: { steps: [{ uses: ./actions/read-runbook }] } }\n";
    const form = (list: string) =>
      `on: { workflow_dispatch: { inputs: { environment: { options: ${list} } } } }\n`;
    write(".github/workflows/deploy.yml", form("[blue, green]"));
    write(
      ".github/workflows/incident.yml",
      `${form("[dev, prod]")}jobs:\n  a:\n    steps:\n      - uses: ./actions/read-runbook\n`,
    );
    write(".github/workflows/broken.yml", `[\n${uses}`);
    expect(errorsOf(bare, root)).toEqual([]);
    const matrix = `        environment: \${{ fromJSON(inputs.environment && format('["{0}"]', inputs.environment) || '["dev"]') }}\n`;
    write(
      ".github/workflows/sweep.yml",
      `${form("[dev, prod]")}jobs:\n  a:\n    strategy:\n      matrix:\n${matrix}    steps:\n      - uses: acme/firebreak/actions/read-runbook@v1\n`,
    );
    expect(errorsOf(bare, root)).toMatchObject([
      { path: "environments.prod", message: expect.stringContaining("is not offered by sweep.yml in") },
    ]);
  });

  test.each([
    ["policies/nope.json", /cannot be read \(ENOENT\)/],
    ["policies/words.json", /is no JSON/],
    ["../outside.json", /is outside the repository/],
  ])("the bucket policy %s is an error", (path, message) => {
    write("policies/words.json", "words");
    expect(errorsOf(withPolicy(path), root)).toMatchObject([
      { path: "environments.dev.audit_bucket_policy", message: expect.stringMatching(message) },
    ]);
  });
});
