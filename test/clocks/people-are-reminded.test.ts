import { beforeEach, describe, expect, test } from "@jest/globals";
import { reminderKey, stagesOf } from "../../src/incident/reminders.ts";
import { ClocksWorld } from "../support/clocks-world.ts";
import { sealedCapture } from "../support/response.ts";

const NEXT = 60;
let world: ClocksWorld;

beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  // High: to be taken within 30 minutes, sealed within 60, contained within 120, resolved within 2,880.
  const record = await world.declare(42);
  const by = { login: "olga", name: "Olga Oncall" };
  await record.append("acknowledged", { by, note: null, severity: "high" }, "ack");
  await record.append("capture-sealed", sealedCapture(world.runbook), "sealed");
});

/** What was reminded, in order, as the ledger has it. */
async function reminded(): Promise<string[]> {
  return (await world.open(42)).all("reminded").map(({ data }) => `${data.about}/${data.stage}`);
}

test("at 50 and 80 percent, when it has run out and every day after that, at most five times", async () => {
  const seen: string[] = [];
  for (const [minutes, expected] of [
    [59, []],
    [60, ["contain/50"]],
    [95, []],
    [96, ["contain/80"]],
    [120, ["contain/overdue/1"]],
    [1440 + 119, ["resolve/50"]],
    [1440 + 120, ["contain/overdue/2"]],
    [2880 - 577, []],
    [2880 - 576, ["resolve/80"]],
    [2880, ["resolve/overdue/1"]],
    [2880 + 120, ["contain/overdue/3"]],
    [3 * 1440 + 120, ["contain/overdue/4", "resolve/overdue/2"]],
    [4 * 1440 + 120, ["contain/overdue/5", "resolve/overdue/3"]],
  ] as const) {
    world.at(new Date(Date.parse("2026-11-23T09:00:00Z") + minutes * 60_000).toISOString());
    const run = await world.run();
    const told = (run.done.get("INC-42")?.reminded ?? []).filter((one) => !one.startsWith("review"));
    expect([minutes, told]).toEqual([minutes, [...expected]]);
    seen.push(...told);
  }
  expect(new Set(seen).size).toBe(seen.length);
  world.minutes(NEXT * 24 * 30);
  await world.run();
  expect((await reminded()).filter((one) => one.startsWith("contain"))).toHaveLength(7);
});

test("nobody is reminded of the same twice, however often it runs", async () => {
  world.minutes(125);
  await world.run();
  const [entries, messages] = [await reminded(), world.sent.length];
  expect(entries).toEqual(["contain/overdue/1"]);
  for (let run = 1; run <= 3; run += 1) {
    world.minutes(15);
    await world.run({ runId: 9_000 + run });
  }
  expect(await reminded()).toEqual(entries);
  expect(world.sent).toHaveLength(messages);
});

test("where the schedule did not run, only the newest is sent", async () => {
  world.minutes(10 * 1440);
  await world.run();
  expect((await reminded()).sort()).toEqual(["contain/overdue/5", "resolve/overdue/5", "review/overdue/3"]);
});

test("what is done is not reminded of", async () => {
  const record = await world.open(42);
  await record.append("contained", { action: "scale-down", summary: "0 tasks", details: {} }, "contained");
  world.minutes(125);
  await world.run();
  expect(await reminded()).toEqual([]);
  expect(world.issues.get(42)?.comments).toEqual([]);
});

describe("the issue", () => {
  const reminders = () =>
    (world.issues.get(42)?.comments ?? []).filter(({ body }) => body.includes("### Reminders"));

  test("has one comment with all of them, which mentions who sees to it and is edited", async () => {
    world.minutes(125);
    await world.run();
    expect(reminders()).toHaveLength(1);
    expect(reminders()[0]?.body).toContain("| **overdue** Contain |");
    expect(reminders()[0]?.body).toContain("@olga");
    world.minutes(24 * 60);
    await world.run();
    expect(reminders()).toHaveLength(1);
    expect(reminders()[0]?.body).toContain("overdue, for time 2");
  });

  test("does not take reminders from a comment of somebody else that looks like it", async () => {
    const marker = '<!-- firebreak:comment {"key":"reminders"} -->\nnothing is due';
    const user = { login: "mallory", type: "User" };
    world.issues.get(42)?.comments.push({ id: 42_900, body: marker, html_url: "", user });
    world.minutes(125);
    await world.run();
    expect(reminders()).toHaveLength(1);
  });

  test.each([
    ["closed", (): void => void Object.assign(world.issues.get(42) ?? {}, { state: "closed" })],
    ["without its label", (): void => void Object.assign(world.issues.get(42) ?? {}, { labels: [] })],
    ["with another text", (): void => void Object.assign(world.issues.get(42) ?? {}, { body: "all done" })],
  ])("%s, it suppresses nothing", async (_, edit) => {
    await world.run();
    edit();
    world.minutes(125);
    await world.run();
    expect(await reminded()).toEqual(["contain/overdue/1"]);
  });
});

test("messages go to the team of whoever leads, and to a contact that the step names", async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  const { contacts } = world.runbook;
  Object.assign(contacts["identity-team"] ?? {}, { email: "identity@example.com", fill_in: undefined });
  await world.declare(43, {
    type: "user-account-compromised",
    principal: "eve@example.com",
    severity: "low",
  });
  world.minutes(31);
  await world.run();
  const told = world.sent.filter(({ text }) => text.includes("disable the user"));
  expect(told.map(({ to }) => to).sort()).toEqual([
    expect.stringContaining(":aiconnectors-alarms-dev"),
    "identity@example.com",
  ]);
});

test("the review's officer and the law's hours: reminded before the 72 hours are over", async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  await world.declare(43, { personalData: true, severity: "low" });
  world.minutes(58 * 60);
  await world.run();
  const told = world.sent.filter(({ text }) => text.includes("Still open: Notify the supervisory authority"));
  expect(told.map(({ to }) => to)).toContain("dataprotection@novonordisk.com");
});

test("a reminder says in two sentences what is open and since when, or until when", async () => {
  const reasons = async (minutes: number) => {
    const before = world.sent.length;
    world.minutes(minutes);
    await world.run();
    return world.sent
      .slice(before)
      .flatMap(({ text }) => /(Still open|Overdue): Contain\..*/.exec(text)?.[0] ?? []);
  };
  const due = "2026-11-23 11:00 UTC";
  expect(await reasons(60)).toEqual([`Still open: Contain. 50 % of the time is over; it is due ${due}.`]);
  expect(await reasons(65)).toEqual([`Overdue: Contain. It was due ${due}.`]);
  expect(await reasons(1440)).toEqual([
    `Overdue: Contain. It was due ${due}, and you are told for time 2 since.`,
  ]);
});

test("a reminder that reaches nobody fails the run, and the others are given", async () => {
  world.refusal = Object.assign(new Error("no"), {
    name: "AuthorizationErrorException",
    $metadata: { httpStatusCode: 403 },
  });
  world.minutes(125);
  const run = await world.run();
  expect([...run.undelivered.keys()]).toEqual(["INC-42"]);
  expect(await reminded()).toEqual(["contain/overdue/1"]);
});

test("a dry run tells nobody and writes nothing", async () => {
  world.minutes(125);
  const before = [...world.s3.objects.keys()];
  const run = await world.run({ dryRun: true });
  expect(run.done.get("INC-42")?.reminded).toEqual(["contain/overdue/1"]);
  expect([...world.s3.objects.keys()]).toEqual(before);
  expect(world.sent).toEqual([]);
  expect(world.issues.get(42)?.comments).toEqual([]);
});

test("one incident alone can be asked for, and what is known of the others stays", async () => {
  await world.declare(43);
  await world.run();
  world.minutes(125);
  const before = [...world.s3.objects.keys()].filter((key) => key.startsWith("clocks/"));
  const run = await world.run({ only: 42 });
  expect([...run.done.keys()]).toEqual(["INC-42"]);
  expect([...world.s3.objects.keys()].filter((key) => key.startsWith("clocks/"))).toEqual(before);
  expect((await world.open(43)).all("reminded")).toEqual([]);
});

test("a deadline that has run out from the first has no reminders before it, and a moved one begins anew", () => {
  const clocks = { ...world.runbook.clocks, remind_at_percent: [80, 50] } as NonNullable<
    typeof world.runbook.clocks
  >;
  const deadline = {
    id: "contain",
    what: "Contain",
    begun: new Date("2026-11-23T09:00:00Z"),
    due: new Date("2026-11-23T11:00:00Z"),
    lastDay: null,
    done: null,
    responsible: [],
    reminders: "before and after" as const,
  };
  expect(stagesOf(deadline, clocks).map(({ stage }) => stage)).toEqual([
    "50",
    "80",
    ...[1, 2, 3, 4, 5].map((number) => `overdue/${number}`),
  ]);
  expect(stagesOf({ ...deadline, due: deadline.begun }, clocks)[0]?.stage).toBe("overdue/1");
  const stage = { stage: "50", at: deadline.due };
  expect(reminderKey(deadline, stage)).not.toBe(reminderKey({ ...deadline, due: deadline.begun }, stage));
});
