import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { checkRunbook } from "../../src/runbook/check.ts";
import { manualOf } from "../../src/runbook/play.ts";

const own = readFileSync(new URL("../../runbook.yml", import.meta.url), "utf8");
const TERRAGRUNT = /^rotation:\n(?: {2}.*\n)+/m;
const IDS = {
  client_id: "11111111-2222-3333-4444-555555555555",
  containment_client_id: "66666666-7777-8888-9999-aaaaaaaaaaaa",
};

function withRotation(rotation: string, entra: Partial<typeof IDS> | null = IDS): string {
  const fields = { tenant: "example.onmicrosoft.com", ...entra };
  const section = entra === null ? "" : `entra: ${JSON.stringify(fields)}\n`;
  return `${own.replace(TERRAGRUNT, `rotation:\n${rotation}`)}\n${section}`;
}

function problems(source: string): string[] {
  return checkRunbook(source).errors.map(({ path, message }) => `${path}: ${message}`);
}

describe("the runbook's rotation", () => {
  test("by entra: a lifetime, 90 minutes for old tokens unless it says otherwise, and nothing for people to disable", () => {
    const { runbook } = checkRunbook(withRotation("  strategy: entra\n  lifetime_days: 180\n"));
    expect(runbook?.rotation).toEqual({ strategy: "entra", lifetime_days: 180, token_lifetime_minutes: 90 });
    if (!runbook) throw new Error("it is not valid");
    const type = "client-secret-compromised";
    expect(manualOf(type, "servicenow", runbook).map(({ id }) => id)).not.toContain("disable-secret");
    // Where no plan could be made, people do it after all.
    expect(manualOf(type, "servicenow", runbook, []).map(({ id }) => id)).toContain("disable-secret");
  });

  test.each([
    [
      "no application to change the tenant by",
      withRotation("  strategy: entra\n  lifetime_days: 180\n", { client_id: IDS.client_id }),
      "rotation.strategy: is entra, and the runbook has no entra.containment_client_id",
    ],
    [
      "no tenant",
      withRotation("  strategy: entra\n  lifetime_days: 180\n", null),
      "rotation.strategy: is entra, and the runbook has no entra.containment_client_id",
    ],
    [
      "one application for both",
      withRotation("  strategy: entra\n  lifetime_days: 180\n", {
        client_id: IDS.client_id,
        containment_client_id: IDS.client_id,
      }),
      "entra.containment_client_id: is the application of the jobs that nobody approves, too",
    ],
    [
      "a lifetime of ten years",
      withRotation("  strategy: entra\n  lifetime_days: 3650\n"),
      "rotation.lifetime_days",
    ],
    [
      "a command for entra",
      withRotation("  strategy: entra\n  lifetime_days: 9\n  command: [x]\n"),
      "rotation.command",
    ],
    ["another strategy", withRotation("  strategy: by-hand\n"), "rotation.strategy"],
    ["no strategy", withRotation("  lifetime_days: 9\n"), "rotation.strategy"],
  ])("%s is refused at its place", (_what, source, expected) => {
    expect(problems(source)).toEqual([expect.stringContaining(expected)]);
  });

  test("an unknown strategy is told which there are", () => {
    const [error] = checkRunbook(withRotation("  strategy: by-hand\n")).errors;
    expect(error?.write).toBe("one of terragrunt, entra");
  });
});
