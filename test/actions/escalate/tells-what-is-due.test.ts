import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { run } from "../../../src/actions/escalate/run.ts";
import { failure } from "../../support/gate-expect.ts";
import { noOtherGitHub } from "../../support/incident.ts";
import { awsError, NotifyWorld } from "../../support/notify-world.ts";

const workspace = mkdtempSync(join(tmpdir(), "firebreak-escalate-"));
const given = {
  incident: 42,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
};

let world: NotifyWorld;
let summaries: string[];
beforeEach(async () => {
  world = new NotifyWorld();
  summaries = [];
  writeFileSync(join(workspace, "runbook.yml"), stringify(world.runbook));
  await world.declare();
});

const escalate = (changes: Partial<typeof given> = {}) =>
  run(
    { ...given, ...changes },
    {
      ...world.deps({ workspace, job: "escalate" }),
      githubAs: noOtherGitHub,
      summary: async (markdown) => {
        summaries.push(markdown);
      },
    },
  );

test("it tells everybody, and the summary says whom, why, where, when and by which message", async () => {
  const outputs = await escalate();
  const everybody = ["it-infrastructure-manager", "AI connectors team", "global-security-operations"];
  expect(JSON.parse(outputs.told ?? "")).toEqual(everybody);
  expect(outputs.undelivered).toBe("[]");
  expect(summaries.join()).toMatch(
    /\| AI connectors team \| declared\/high \| ` aiconnectors-alarms-dev ` by sns \| told 2026-11-21 03:00:0\d UTC by sns, message ` sns-\d ` \|/,
  );
});

test("a dry run sends and records nothing, and shows the message", async () => {
  const before = world.s3.objects.size;
  await escalate({ dryRun: true });
  expect([world.sent, world.s3.objects.size, world.body]).toEqual([[], before, ""]);
  expect(world.printed.join("\n")).toContain("To Global Security Operations (GSO):\n[High] INC-42:");
});

test("it fails by name once all others are told, and the outputs are set all the same", async () => {
  world.answers.sns = () => awsError("NotFoundException", 404);
  const error = await failure(escalate());
  expect(error.reason).toBe("not-told");
  expect(error.message).toContain("AI connectors team");
  expect(JSON.parse(error.outputs.undelivered ?? "")).toEqual(["AI connectors team"]);
  expect(JSON.parse(error.outputs.told ?? "")).toHaveLength(2);
  expect(world.body).toContain("**Telephone AI connectors team now**");
  expect(summaries.join()).toContain("**not told**");
});

test("a contact without an address is named and stops nothing", async () => {
  Object.assign(world.runbook.contacts["it-infrastructure-manager"] ?? {}, {
    email: undefined,
    channels: undefined,
    fill_in: "name and email",
  });
  writeFileSync(join(workspace, "runbook.yml"), stringify(world.runbook));
  const outputs = await escalate();
  expect(JSON.parse(outputs.told ?? "")).toHaveLength(2);
  expect(outputs.undelivered).toBe("[]");
  expect(world.printed).toContain(
    "warning: The runbook has no address: name and email for IT Infrastructure Manager (Maja): a person has to tell them.",
  );
});

test("whom it concerns is said once, also where whoever raised the severity has said it", async () => {
  await escalate();
  const record = await world.open();
  const by = { login: "olga", name: "Olga Oncall" };
  const [said] = record.all("escalation-due");
  const raised = { from: "high", to: "critical", reason: "It spreads.", by } as const;
  await record.append("severity-changed", raised, "severity-changed/1");
  await record.append("escalation-due", { recipients: said?.data.recipients ?? [] }, "escalation-due/1");
  const before = world.sent.length;
  await escalate();
  expect(world.sent).toHaveLength(before + 3);
  expect((await world.open()).all("escalation-due")).toHaveLength(2);
});
