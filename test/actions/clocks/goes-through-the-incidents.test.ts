import { beforeEach, describe, expect, test } from "@jest/globals";
import { readInputs } from "../../../src/actions/clocks/inputs.ts";
import { run } from "../../../src/actions/clocks/run.ts";
import { InputReader } from "../../../src/actions/inputs.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import { ClocksWorld } from "../../support/clocks-world.ts";
import { ownRunbook } from "../../support/incident.ts";

const inputs = (more: Record<string, string> = {}) =>
  readInputs(new InputReader({ INPUT_ENVIRONMENT: "dev", "INPUT_GITHUB-TOKEN": "t", ...more }));

let world: ClocksWorld;
let summaries: string[];
let deps: ActionDeps;

beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  world.runbook = ownRunbook();
  await world.declare(42);
  await world.declare(43, { severity: "low" });
  world.minutes(125);
  summaries = [];
  const own = world.deps({ runId: 9_000, job: "clocks" });
  deps = { ...own, githubAs: () => own.github, summary: async (text) => void summaries.push(text) };
});

test("the environment has to be given, the incident may be left out", () => {
  expect(inputs()).toMatchObject({ environment: "dev", incident: undefined, dryRun: false });
  expect(inputs({ INPUT_INCIDENT: "INC-42" }).incident).toBe(42);
  expect(() => inputs({ INPUT_INCIDENT: "42x" })).toThrow("Input 'incident'");
  expect(() => inputs({ INPUT_ENVIRONMENT: "" })).toThrow("Input 'environment'");
});

test("says what it reminded of, and of every incident what is due and what is overdue", async () => {
  const outputs = await run(inputs(), deps);
  expect(JSON.parse(outputs.reminded ?? "")).toEqual([
    { incident: "INC-42", about: "acknowledge/overdue/1" },
    { incident: "INC-42", about: "preserve/overdue/1" },
    { incident: "INC-42", about: "contain/overdue/1" },
  ]);
  expect([outputs.due, outputs.overdue]).toEqual(["6", "3"]);
  const rows = summaries.join().split("\n");
  expect(rows.find((row) => row.startsWith("| INC-42 | high |"))).toContain("` preserve `<br>` contain ` |");
  expect(rows.find((row) => row.startsWith("| INC-43 | low | – |"))).toContain(
    "acknowledge, 2026-11-24 09:00",
  );
});

describe("what fails", () => {
  test("an incident whose ledger is broken fails the action, once the others are done", async () => {
    world.s3.objects.set("incidents/INC-42/ledger/00000001.json", Buffer.from("{}"));
    const failure = run(inputs(), deps);
    await expect(failure).rejects.toMatchObject({ reason: "clocks-failed" });
    await expect(failure).rejects.toThrow("The clocks failed for INC-42");
    expect((await world.open(43)).all("notice-sent").length).toBeGreaterThan(0);
  });

  test("a message that reaches nobody fails the action and says whom to telephone", async () => {
    world.refusal = Object.assign(new Error("no"), {
      name: "AuthorizationErrorException",
      $metadata: { httpStatusCode: 403 },
    });
    const failure = run(inputs(), deps);
    await expect(failure).rejects.toThrow(/AI connectors team.* about INC-42/);
    await expect(failure).rejects.toMatchObject({
      remedy: expect.stringContaining("gh workflow run clocks.yml -f incident=42 -f environment=dev"),
    });
  });
});

test("a dry run says who would be reminded", async () => {
  const outputs = await run(inputs({ "INPUT_DRY-RUN": "true" }), deps);
  expect(JSON.parse(outputs.reminded ?? "")).toHaveLength(3);
  expect(summaries.join()).toContain("dry run, nobody is told");
  expect(world.sent).toEqual([]);
});
