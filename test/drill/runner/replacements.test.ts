import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const job = (steps: string, more = "") =>
  `jobs:\n  a:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`;

describe("actions/checkout", () => {
  test("copies the source without what no commit holds", async () => {
    const run = await runYaml(
      job(`      - {uses: actions/checkout@v4, with: {persist-credentials: false}}
      - {uses: actions/checkout@v4, with: {path: sub, sparse-checkout: docs}}
      - run: find . -type f | sort
`),
      {
        files: {
          "docs/a.md": "a",
          "src/b.ts": "b",
          "node_modules/c/index.js": "c",
          ".drill/log": "d",
          "e.txt": "e",
        },
      },
    );
    const files = [...run.log("a").matchAll(/Z (\.\/\S+)/g)].map((match) => match[1]);
    expect(files).toEqual([
      "./.github/workflows/test.yml",
      "./docs/a.md",
      "./e.txt",
      "./src/b.ts",
      "./sub/docs/a.md",
      "./sub/e.txt",
    ]);
  });

  test("jobs do not see each other's files, and the source stays as it was", async () => {
    const run = await runYaml(
      `${job("      - uses: actions/checkout@v4\n      - run: rm e.txt; echo changed > new.txt\n")}  b:\n    needs: a\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: ls\n`,
      { files: { "e.txt": "e" } },
    );
    expect(run.log("b")).toContain("Z e.txt");
    expect(run.log("b")).not.toContain("Z new.txt");
  });

  test.each([
    ["read", "success"],
    ["write", "success"],
    ["none", "failure"],
  ])("a private repository with contents: %s ends in %s", async (level, conclusion) => {
    const permissions = `    permissions: {issues: write, contents: ${level}}\n`;
    const run = await runYaml(job("      - uses: actions/checkout@v4\n", permissions), {
      host: { private: true },
    });
    expect(run.conclusions).toEqual({ a: conclusion });
    expect(run.annotations.map(({ message }) => message)).toEqual(
      level === "none" ? [`fatal: repository '${run.host.serverUrl}/acme/platform/' not found`] : [],
    );
    if (level === "none") expect(run.log("a")).toContain("remote: Repository not found.");
  });

  test("a private repository is not found when permissions leave contents out; a public one is", async () => {
    const yaml = job("      - uses: actions/checkout@v4\n", "    permissions: {issues: write}\n");
    expect((await runYaml(yaml, { host: { private: true } })).conclusions).toEqual({ a: "failure" });
    expect((await runYaml(yaml)).conclusions).toEqual({ a: "success" });
  });

  test("a second checkout puts back what the job changed; bundles come along", async () => {
    const run = await runYaml(
      job(`      - uses: actions/checkout@v4
      - run: echo changed > e.txt; rm actions/x/dist/index.js; echo changed > actions/x/dist/index.js
      - uses: actions/checkout@v4
      - run: cat e.txt link actions/x/dist/index.js
`),
      { files: { "e.txt": "first\n", "actions/x/dist/index.js": "bundle\n" }, links: { link: "e.txt" } },
    );
    expect(run.log("a")).toMatch(/Z first\n.*Z first\n.*Z bundle\n/);
  });

  test("a path outside the workspace is refused", async () => {
    const run = await runYaml(job("      - {uses: actions/checkout@v4, with: {path: ../../x}}\n"));
    expect(run.annotations[0]?.message).toMatch(/^Repository path '.*' is not under '.*'$/);
  });
});

test("actions/setup-node has nothing to do", async () => {
  const run = await runYaml(job("      - {uses: actions/setup-node@v4, with: {node-version: 24}}\n"));
  expect(run.conclusions).toEqual({ a: "success" });
});

test("actions/upload-artifact copies into the drill's folder", async () => {
  const artifactsDir = await mkdtemp(join(tmpdir(), "artifacts-"));
  try {
    const run = await runYaml(
      job(`      - run: mkdir -p out/deep; echo one > out/one.txt; echo two > out/deep/two.txt; echo no > out/.hidden
      - {uses: actions/upload-artifact@v4, with: {name: results, path: out}}
      - {uses: actions/upload-artifact@v4, with: {name: none, path: nowhere, if-no-files-found: error}}
`),
      { options: { artifactsDir } },
    );
    expect(await readFile(join(artifactsDir, "results/out/deep/two.txt"), "utf8")).toBe("two\n");
    expect(existsSync(join(artifactsDir, "results/out/.hidden"))).toBe(false);
    expect(run.annotations.map((each) => each.message)).toEqual([
      "No files were found with the provided path: nowhere. No artifacts will be uploaded.",
    ]);
  } finally {
    await rm(artifactsDir, { recursive: true, force: true });
  }
});

describe("aws-actions/configure-aws-credentials", () => {
  let server: Server;
  let endpoint: string;
  const asked: URLSearchParams[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const form = new URLSearchParams(body);
        asked.push(form);
        const refused = form.get("RoleArn")?.endsWith("/other");
        response.writeHead(refused ? 403 : 200, { "content-type": "text/xml" });
        response.end(refused ? REFUSED : ASSUMED);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  const steps = (role: string) => `      - id: aws
        uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::123456789012:role/${role}", aws-region: eu-west-1, role-session-name: s, mask-aws-account-id: true}
      - run: echo "$AWS_REGION $AWS_DEFAULT_REGION \${#AWS_SECRET_ACCESS_KEY} $AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN 123456789012"
`;
  const withOidc = "    permissions: {id-token: write}\n";

  test("assumes the role with the job's token and masks what it exports", async () => {
    const run = await runYaml(job(steps("evidence"), withOidc), {
      options: { toolEnv: { AWS_ENDPOINT_URL: endpoint } },
    });
    expect(run.annotations).toEqual([]);
    expect(asked[0]?.get("WebIdentityToken")).toBe("oidc.a.sts.amazonaws.com");
    expect(asked[0]?.get("RoleSessionName")).toBe("s");
    expect(run.log("a")).toContain("Z eu-west-1 eu-west-1 11 *** *** ***");
    expect(run.log("a")).toContain("Authenticated as assumedRoleId AROAEXAMPLE:s");
  });

  test("fails with the action's own message when the trust policy refuses", async () => {
    const run = await runYaml(job(steps("other"), withOidc), {
      options: { toolEnv: { AWS_ENDPOINT_URL: endpoint } },
    });
    expect(run.annotations[0]?.message).toBe(
      "Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    expect(run.conclusions).toEqual({ a: "failure" });
  });

  test("without id-token: write it has nothing to show", async () => {
    const run = await runYaml(job(steps("evidence")), {
      options: { toolEnv: { AWS_ENDPOINT_URL: endpoint } },
    });
    expect(run.log("a")).toContain("Did you mean to set the `id-token` permission?");
    expect(run.annotations[0]?.message).toBe(
      "Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers",
    );
  });
});

const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/evidence/s</Arn><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret-key1</SecretAccessKey><SessionToken>session-token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`;
const REFUSED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
