import { expect, test } from "@jest/globals";
import type { OpenIncidentInputs } from "../../../src/actions/open-incident/inputs.ts";
import { run } from "../../../src/actions/open-incident/run.ts";
import { BlockWorld, USER, USER_ID } from "../../support/block-world.ts";
import { ownRunbook } from "../../support/incident.ts";

/** What a dry run would hand to the jobs that follow; nothing is declared by it. */
function outputs(changes: Partial<OpenIncidentInputs>, world = new BlockWorld()) {
  const inputs: OpenIncidentInputs = {
    environment: "dev",
    runbook: "runbook.yml",
    githubToken: "token",
    dryRun: true,
    severity: "high",
    type: "user-account-compromised",
    mcp: "servicenow",
    summary: "Sign-ins from two continents",
    description: "",
    detectedAt: new Date(world.clock.now().getTime() - 10 * 60_000),
    lookbackHours: 48,
    principal: USER,
    signal: undefined,
    personalData: false,
    revoke: undefined,
    credentialKeyId: undefined,
    ...changes,
  };
  return run(inputs, world.deps({ job: "declare" }));
}

test("an incident about a user names the user, and how far back the evidence reaches", async () => {
  expect(await outputs({})).toMatchObject({ action: "block-user", user: USER, "window-hours": "50" });
});

test("declared with the object id, it names the user as the audit records do", async () => {
  expect(await outputs({ principal: USER_ID })).toMatchObject({ user: USER });
});

test("where nothing resolves the object id, nobody is asked for by it", async () => {
  const byHand = new BlockWorld({ runbook: ownRunbook() });
  expect(await outputs({ principal: USER_ID }, byHand)).toMatchObject({ action: "", user: "" });
});

test("an incident about a service names no user, whatever its principal", async () => {
  expect(await outputs({ type: "service-outage" })).toMatchObject({ action: "scale-down", user: "" });
});
