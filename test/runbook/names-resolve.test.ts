import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { FirebreakError } from "../../src/errors.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { atLeast, parseSeverity } from "../../src/runbook/severities.ts";
import { resolveTarget, resolveVault } from "../../src/runbook/target.ts";

const runbook = await loadRunbook(join(import.meta.dirname, "..", "..", "runbook.yml"));

function refusal(work: () => unknown): FirebreakError {
  try {
    work();
  } catch (error) {
    if (error instanceof FirebreakError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a target", () => {
  test("has every name of one mcp in one environment filled in", () => {
    expect(resolveTarget(runbook, "dev", "servicenow")).toEqual({
      environment: "dev",
      mcp: "servicenow",
      region: "eu-west-1",
      cluster: "aiconnectors-dev",
      vault: "nn-aiconnectors-vault-dev",
      auditBucket: "nn-aiconnectors-audit-dev",
      auditLayout: "servicenow/{yyyy}/{MM}/{dd}/",
      githubEnvironment: "containment-dev",
      breakGlassEnvironment: "break-glass-dev",
      evidenceRole: "arn:aws:iam::111122223333:role/firebreak-evidence-dev",
      containmentRole: "arn:aws:iam::111122223333:role/firebreak-containment-dev",
      accountId: "111122223333",
      trail: "aiconnectors-trail-dev",
      logExportBucket: "nn-aiconnectors-log-exports-dev",
      application: "aiconnectors-servicenow-dev",
      batchCopy: {
        aboveObjects: 100_000,
        role: "arn:aws:iam::111122223333:role/firebreak-batch-copy-dev",
      },
      signingKey: "alias/aiconnectors-evidence-dev",
      service: "aiconnectors-servicenow-dev",
      logGroup: "/ecs/aiconnectors-servicenow-dev",
      parameter: "/aiconnectors/dev/servicenow/azure-client-secret",
      folder: "infra/initial/mcps/servicenow/",
    });
  });

  test.each(Object.keys(runbook.environments))(
    "leaves no placeholder open in %s but the dates",
    (environment) => {
      for (const mcp of runbook.environments[environment]?.mcps ?? []) {
        const { auditLayout, batchCopy, ...names } = resolveTarget(runbook, environment, mcp);
        expect(batchCopy?.role ?? "").not.toMatch(/[{}]/);
        expect(Object.values(names).filter((name) => /[{}]/.test(name ?? ""))).toEqual([]);
        expect(auditLayout.replace(/\{(yyyy|MM|dd|HH)\}/g, "")).not.toMatch(/[{}]/);
      }
    },
  );

  test.each(["DEV", "dev ", "staging", "", "__proto__", "constructor", "../dev", "dеv"])(
    "refuses the environment %j, and names the ones there are",
    (environment) => {
      for (const work of [
        () => resolveTarget(runbook, environment, "servicenow"),
        () => resolveVault(runbook, environment),
      ]) {
        const { reason, message, remedy } = refusal(work);
        expect({ reason, message }).toEqual({
          reason: "bad-input",
          message: expect.stringContaining("environment"),
        });
        expect(remedy).toContain("dev, prod");
      }
    },
  );

  test.each(["ServiceNow", "servicenow/../sharepoint", "*", "", "toString", "a".repeat(5000)])(
    "refuses the mcp %j, and names the ones there are",
    (mcp) => {
      const { reason, message, remedy } = refusal(() => resolveTarget(runbook, "dev", mcp));
      expect({ reason, message }).toEqual({ reason: "bad-input", message: expect.stringContaining("mcp") });
      expect(message.length).toBeLessThan(300);
      expect(remedy).toContain("servicenow, sharepoint, databricks");
    },
  );

  test("an environment's vault is known before its mcp", () => {
    expect(resolveVault(runbook, "prod")).toEqual({
      vault: "nn-aiconnectors-vault-prod",
      region: "eu-west-1",
    });
  });
});

describe("severities", () => {
  test.each([
    ["critical", "critical", true],
    ["critical", "low", true],
    ["high", "medium", true],
    ["medium", "medium", true],
    ["low", "medium", false],
    ["medium", "high", false],
    ["high", "critical", false],
  ] as const)("%s is at least %s: %s", (severity, threshold, expected) => {
    expect(atLeast(severity, threshold)).toBe(expected);
  });

  test.each([
    ["High", "high"],
    ["CRITICAL", "critical"],
    ["low", "low"],
    ["severe", undefined],
    ["", undefined],
    ["medium ", undefined],
  ])("%j is read as %j", (value, severity) => {
    expect(parseSeverity(value)).toBe(severity);
  });
});

describe("loading", () => {
  test("a file that cannot be read is refused with the path", async () => {
    await expect(loadRunbook("/nowhere/runbook.yml")).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringContaining("/nowhere/runbook.yml"),
      remedy: expect.stringContaining("correct the path"),
    });
  });

  test("a file with errors is refused with every one of them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "firebreak-runbook-"));
    try {
      const path = join(folder, "mine.yml");
      writeFileSync(path, "schema: firebreak/runbook/v1\ncolour: red\n");
      await expect(loadRunbook(path)).rejects.toMatchObject({
        reason: "bad-input",
        message: expect.stringContaining(`${path}:2:1: colour: unknown key`),
        remedy: expect.stringContaining("npm run validate"),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
