import { expect, test } from "@jest/globals";
import { run } from "../../../src/actions/open-incident/run.ts";
import { takePlace } from "../../../src/intake/desk.ts";
import { signalOf } from "../../../src/intake/signal.ts";
import { BlockWorld } from "../../support/block-world.ts";
import { ownRunbook } from "../../support/incident.ts";

test("dispatched for a signal without a moment, the evidence reaches back from when that was seen", async () => {
  const world = new BlockWorld();
  const now = world.clock.now();
  const signal = signalOf(ownRunbook(), {
    row: "http-5xx-spike",
    identity: ["a signal"],
    environment: "dev",
    mcp: "servicenow",
    what: "5xx",
    description: "5xx",
    reference: null,
    seenAt: new Date(now.getTime() - 10 * 3_600_000),
    reportedBy: null,
    principal: null,
  });
  const place = { environment: "dev", mcp: "servicenow", indicator: "alarms/http-5xx-spike", number: 1 };
  const deps = world.deps({ job: "declare" });
  const { s3 } = deps.aws("eu-west-1");
  await takePlace({ s3, bucket: "nn-aiconnectors-vault-dev" }, place, signal, now);
  const inputs = {
    environment: "dev",
    runbook: "runbook.yml",
    githubToken: "token",
    dryRun: true,
    severity: "high" as const,
    type: "service-outage",
    mcp: "servicenow",
    summary: "5xx",
    description: "",
    detectedAt: undefined,
    lookbackHours: 24,
    principal: undefined,
    signal: "alarms/http-5xx-spike/00000001",
    personalData: false,
    revoke: undefined,
    credentialKeyId: undefined,
  };
  expect(await run(inputs, deps)).toMatchObject({ "window-hours": "35" });
});
