import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CAPTURE, exportVault, INCIDENT_FOLDER, preservedIncident } from "./fixture.ts";

const COMMAND = join(import.meta.dirname, "../../src/cli/firebreak.ts");

let folder: string;
beforeAll(async () => {
  const platform = await preservedIncident();
  folder = await exportVault(platform);
  await platform.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without credentials, and with every endpoint unreachable: offline means offline. */
function firebreak(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = {
    PATH: process.env.PATH ?? "",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_REGION: "eu-west-1",
  };
  return spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8", env });
}

describe("firebreak verify", () => {
  test("says in words what was checked, and exits with 0", () => {
    const { status, stdout } = firebreak("verify", folder, "--offline");
    expect(status).toBe(0);
    expect(stdout).toContain("INC-42\n  Ledger: ");
    expect(stdout).toMatch(/cloudwatch-logs: complete, 2 of 2 streams \(counted by: /);
    expect(stdout).toContain("Capture 6000 was begun and never sealed");
    expect(stdout).toContain("VERIFIED: everything is there, and is what was sealed");
  });

  test("names what was changed, and exits with 1", () => {
    const copy = mkdtempSync(join(tmpdir(), "firebreak-cli-"));
    spawnSync("cp", ["-R", `${folder}/.`, copy]);
    appendFileSync(join(copy, CAPTURE, "label.json"), " ");
    const { status, stdout } = firebreak("verify", join(copy, INCIDENT_FOLDER));
    expect(status).toBe(1);
    expect(stdout).toContain(`[label-digest] ${CAPTURE}/label.json`);
    expect(stdout).toContain("NOT VERIFIED: 1 problem");
    const { status: again, stdout: json } = firebreak("verify", copy, "--json");
    expect(again).toBe(1);
    expect(JSON.parse(json)).toMatchObject({
      schema: "firebreak/verification/v1",
      verdict: "not-verified",
      incidents: [{ incident: "INC-42", problems: [{ code: "label-digest" }] }],
    });
    rmSync(copy, { recursive: true });
  });

  test.each([
    [["verify", "/nowhere/at/all"], "ENOENT"],
    [["verify", tmpdir()], "holds no incident"],
    [["verify", "s3://a-bucket/incidents/INC-1", "--offline"], "aws s3 sync"],
    [["verify", "s3://a-bucket/other/INC-1"], "s3://<bucket>/incidents/INC-<number>"],
    [["verify"], "Usage:"],
    [["check", "x"], "Usage:"],
    [["verify", ".", "--loud"], "--loud"],
  ])("%j cannot be checked: exit status 2, with the reason", (args, reason) => {
    const { status, stderr } = firebreak(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(reason) });
  });
});
