import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const job = (key: string, more = "") =>
  `  ${key}:\n    runs-on: ubuntu-latest\n${more}    steps: [{run: "true"}]\n`;

describe("permissions of the job's token", () => {
  test("come from the job, else the workflow, else GitHub's restricted default", async () => {
    const run = await runYaml(
      `permissions: {issues: write}\njobs:\n${job("inherits")}${job("own", "    permissions: {contents: read}\n")}` +
        `${job("nothing", "    permissions: {}\n")}${job("all", "    permissions: read-all\n")}`,
    );
    expect(run.host.permissionsOf("inherits")).toEqual({ issues: "write" });
    expect(run.host.permissionsOf("own")).toEqual({ contents: "read" });
    expect(run.host.permissionsOf("nothing")).toEqual({});
    expect(run.host.permissionsOf("all")).toMatchObject({ contents: "read", issues: "read" });
    expect(run.host.permissionsOf("all")).not.toHaveProperty("id-token");
    const bare = await runYaml(`jobs:\n${job("bare")}`);
    expect(bare.host.permissionsOf("bare")).toEqual({ contents: "read", packages: "read" });
  });
});

describe("id-token: write", () => {
  const ask = `
      - run: |
          curl -s -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > answer.json
          node -p "JSON.parse(require('fs').readFileSync('answer.json')).value.split('.').join(' ')"
          curl -s -o /dev/null -w 'wrong bearer: %{http_code}\\n' -H "Authorization: bearer nope" "$ACTIONS_ID_TOKEN_REQUEST_URL"
`;

  test("gives the job an endpoint for its OIDC token", async () => {
    const run = await runYaml(
      `permissions: {id-token: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:${ask}`,
    );
    expect(run.log("a")).toContain("Z oidc a sts amazonaws com");
    expect(run.log("a")).toContain("wrong bearer: 401");
  });

  test("without it there is none", async () => {
    const run = await runYaml(
      "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: 'env | grep -c ID_TOKEN || true'}]\n",
    );
    expect(run.log("a")).toContain("Z 0");
  });
});
