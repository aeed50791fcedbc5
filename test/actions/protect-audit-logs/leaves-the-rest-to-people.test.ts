import { afterEach, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/protect-audit-logs/run.ts";
import { recordPlan } from "../../../src/containment/record-plan.ts";
import { manualStepsOf } from "../../../src/incident/manual-steps.ts";
import { bucket, inputs, SESSION, TamperWorld } from "../../support/tamper-world.ts";

let tampered: TamperWorld;
afterEach(() => tampered.world.platform.close());

const LIFECYCLE = {
  weight: "tampered" as const,
  what: `lifecycle rule @octocat https://example.net of ${bucket}`,
  why: "expires records after 1 days, before 400 days (the runbook's retention)",
};
const STOPPED = { weight: "tampered" as const, what: "the trail t", why: "is not logging" };
const SELECTORS = { weight: "tampered" as const, what: "PutEventSelectors (e-7)", why: "by x: the trail t" };

async function contained(findings: Parameters<TamperWorld["verdict"]>[2]) {
  await tampered.declare();
  await tampered.verdict("tampered", [SESSION], findings);
  await tampered.preserve();
  await tampered.plan();
  tampered.world.github.approve();
  await run(inputs, tampered.world.deps());
  const record = await tampered.world.open();
  const manual = record.latest("planned")?.data.plan.manual ?? [];
  return {
    summary: record.latest("contained")?.data.summary,
    text: manual.find(({ id }) => id.startsWith("mend-protection-"))?.text,
  };
}

test("a lifecycle rule deletes whatever the policy denies: it is for people to mend, and nobody says that all is well", async () => {
  tampered = await TamperWorld.start();
  const { summary, text } = await contained([
    LIFECYCLE,
    STOPPED,
    SELECTORS,
    { weight: "tampered", what: `the bucket policy of ${bucket}`, why: "is open" },
    { weight: "tampered", what: `s3://${bucket}/a.ndjson`, why: "was deleted" },
    { weight: "note", what: `versioning of ${bucket}`, why: "was enabled" },
  ]);
  expect(text).toContain(
    `lifecycle rule (at)octocat https:?/example.net of ${bucket}: expires records after 1 days`,
  );
  expect(text).toContain("the trail t: is not logging");
  expect(text).toContain("PutEventSelectors e-7");
  expect(text).toContain("verify-audit-trail.yml -f incident=42 -f environment=dev");
  expect(text).not.toMatch(/is open|a\.ndjson|was enabled/);
  expect(summary).toContain("still to be mended by hand");
});

test("what is not listed in the ledger may be among it", async () => {
  tampered = await TamperWorld.start();
  await tampered.declare();
  const record = await tampered.world.open();
  const data = {
    verdict: "tampered" as const,
    policyChanged: true,
    findings: [],
    changedBy: [],
    capture: null,
  };
  await record.append("audit-trail-verified", { ...data, more: 3 }, "audit-trail-verified/1");
  const plan = (await tampered.plan()).latest("planned")?.data.plan;
  expect(plan?.manual.find(({ id }) => id.startsWith("mend-protection-"))?.text).toContain("3 findings");
});

test("where the policy alone was changed there is nothing else to mend", async () => {
  tampered = await TamperWorld.start();
  const { summary, text } = await contained([
    { weight: "tampered", what: "PutBucketPolicy (e-1)", why: "by x: was changed" },
  ]);
  expect(text).toBeUndefined();
  expect(summary).not.toContain("by hand");
});

test("who confirmed a step about one principal has not confirmed it about another whom a later verdict names", async () => {
  const users = ["eve", "mallory"].map((name) => `arn:aws:iam::111122223333:user/${name}`);
  tampered = await TamperWorld.start();
  await tampered.declare();
  await tampered.verdict("tampered", [SESSION, users[0] ?? ""]);
  const manual = async () => {
    const record = await tampered.plan();
    return manualStepsOf(record.chain, record.runbook).filter(({ id }) => id.startsWith("deny-other-"));
  };
  const [first] = await manual();
  const said = { step: first?.id ?? "", text: first?.text ?? "", by: "A", at: "2026-11-21T03:00:00.000Z" };
  const by = { note: "done", confirmedBy: { login: "a", name: "A" }, planSha256: null };
  await (await tampered.world.open()).append("step-confirmed", { ...said, ...by }, "step-confirmed/1");
  await tampered.verdict("tampered", [SESSION, users[1] ?? "", users[0] ?? ""]);
  const steps = await replanned();
  expect(steps.map(({ text, by }) => [/user-name (\w+)/.exec(text)?.[1], by?.kind])).toEqual([
    ["mallory", undefined],
    ["eve", "step-confirmed"],
  ]);

  async function replanned() {
    const record = await tampered.world.open({ runId: 7005 });
    await recordPlan(tampered.world.deps({ runId: 7005, job: "plan" }), record, "contain");
    return manualStepsOf(record.chain, record.runbook).filter(({ id }) => id.startsWith("deny-other-"));
  }
});
