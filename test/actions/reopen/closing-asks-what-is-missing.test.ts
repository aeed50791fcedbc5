import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { CommentWorld, ONCALL, REVIEWER } from "../../support/comment-world.ts";
import { confirmedStep, sealedCapture } from "../../support/response.ts";

let world: CommentWorld;
beforeEach(async () => {
  world = await CommentWorld.start();
});
afterEach(() => world.end());

const reopen = (event: Record<string, unknown>, inputs = {}) =>
  world.run("reopen", event, { environment: "dev", ...inputs });
const comments = () => world.issue().comments.filter(({ body }) => body.includes('"issue-reopened"'));

/** Does everything that is asked for, so that the incident is over. */
async function finish() {
  const runbook = world.world.workspace.runbook();
  const record = await IncidentRecord.open(world.world.deps(world.job()), runbook, "dev", world.incident);
  await record.append("capture-sealed", sealedCapture(runbook), "capture-sealed/7001");
  await record.append(
    "contained",
    { action: "scale-down", summary: "0 tasks", details: {} },
    "contained/1/1",
  );
  const restored = { action: "restore-service", summary: "2 tasks", rootCause: "a leaked key", details: {} };
  await record.append("restored", restored, "restored/1/1");
  for (const step of ["report", "escalate", "investigate", "remediate"])
    await record.append("step-confirmed", confirmedStep(step), `step-confirmed/${step}`);
  await record.append("reviewed", { record: "docs/x.md" }, "reviewed");
  return record;
}

describe("an incident's issue that somebody closes", () => {
  test("while steps are open is opened again, with what is missing", async () => {
    const outputs = await reopen(await world.close(ONCALL));
    expect(outputs).toEqual({
      reopened: "true",
      missing: "report,escalate,contain,preserve,investigate,remediate,review,restore",
    });
    expect(world.issue().state).toBe("open");
    expect(comments()).toHaveLength(1);
    const text = comments()[0]?.body ?? "";
    expect(text).toContain(
      `INC-${world.incident} was closed by \` ${ONCALL} \` while something is still to be done`,
    );
    expect(text).toMatch(
      /- ` investigate ` Investigate: .* \(by .* UTC\)\. Once done: ` gh workflow run confirm-step\.yml .*step=investigate/,
    );
    const entry = (await world.world.ledger(String(world.incident))).at(-1);
    expect(entry).toMatchObject({
      kind: "issue-reopened",
      data: { closedBy: ONCALL, missing: expect.arrayContaining(["review"]) },
    });
  });

  test("again is opened again, and the one comment is edited", async () => {
    await reopen(await world.close(ONCALL));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await reopen(await world.close(REVIEWER));
    expect(world.issue().state).toBe("open");
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain(`(2 times so far, \` ${REVIEWER} \` last)`);
    expect((await world.kinds()).filter((kind) => kind === "issue-reopened")).toHaveLength(2);
  });

  test("once, whatever is re-run", async () => {
    const event = await world.close(ONCALL);
    await reopen(event);
    const kinds = await world.kinds();
    await reopen(event);
    expect(await world.kinds()).toEqual(kinds);
    expect(comments()).toHaveLength(1);
  });

  test("and opens again by himself is left alone", async () => {
    const event = await world.close(ONCALL);
    const body = { state: "open" };
    await world.world.platform.github.state.act(ONCALL, "issues/update", {
      path: { issue_number: world.incident },
      body,
    });
    expect(await reopen(event)).toEqual({ reopened: "false", missing: "" });
    expect(await world.kinds()).not.toContain("issue-reopened");
  });

  test("once all is done stays closed", async () => {
    await finish();
    expect(await reopen(await world.close(ONCALL))).toEqual({ reopened: "false", missing: "" });
    expect(world.issue().state).toBe("closed");
    expect(comments()).toEqual([]);
  });

  test("is left alone where it is no incident", async () => {
    const other = await world.otherIssue(ONCALL, ["incident"]);
    expect(await reopen(await world.close(ONCALL, other))).toEqual({ reopened: "false", missing: "" });
    expect(world.issue(other).state).toBe("closed");
  });

  test("is opened again with whatever is recorded next, also where another workflow closed it", async () => {
    const { github, context } = world.world.deps(world.job());
    const { owner, repo } = context;
    await github.rest.issues.update({ owner, repo, issue_number: world.incident, state: "closed" });
    const { id, event } = await world.comment(ONCALL, "/ack");
    await world.obey(event);
    expect(world.answers(id)).toHaveLength(1);
    expect(world.issue().state).toBe("open");
    expect(comments()[0]?.body).toContain("was closed by ` github-actions[bot] ` while something is still");
    expect((await world.kinds()).filter((kind) => kind === "issue-reopened")).toHaveLength(1);
  });

  test("in a dry run stays as it is", async () => {
    expect(await reopen(await world.close(ONCALL), { "dry-run": "true" })).toMatchObject({
      reopened: "true",
    });
    expect(world.issue().state).toBe("closed");
    expect(await world.kinds()).not.toContain("issue-reopened");
  });
});

describe("an incident that is over", () => {
  test("is closed by the next look at its ledger", async () => {
    const record = await finish();
    expect(world.issue().state).toBe("open");
    await record.project();
    expect(world.issue()).toMatchObject({
      state: "closed",
      stateReason: "completed",
      closedBy: "github-actions[bot]",
    });
    expect(world.issue().labels).toContain("status:reviewed");
  });

  test("is opened again when it comes alive, and nobody is said to have closed it early", async () => {
    await (await finish()).project();
    expect(world.issue().state).toBe("closed");
    await world.world.deps(world.job()).clock.sleep(5_000);
    const { event } = await world.comment(ONCALL, "/severity critical it was real after all");
    await world.obey(event);
    expect(world.issue().state).toBe("open");
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain("was over when it was closed, and something is to be done again");
    expect(await world.kinds()).not.toContain("issue-reopened");
  });
});
