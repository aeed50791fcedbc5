import { beforeEach, describe, expect, test } from "@jest/globals";
import { notify, notifyDue } from "../../src/notify/notify.ts";
import type { RunContext } from "../../src/ports.ts";
import { awsError, NotifyWorld } from "../support/notify-world.ts";

let world: NotifyWorld;
beforeEach(async () => {
  world = new NotifyWorld();
  await world.declare();
});

const MANAGER = "it-infrastructure-manager";
const GSO = "global-security-operations";
const TEAM = "AI connectors team";

async function tell(run: Partial<RunContext> = {}) {
  const record = await world.open(run);
  return notifyDue(world.deps(run), record);
}

const ids = (recipients: readonly { id: string }[]) => recipients.map(({ id }) => id);
const times = (channel: string) => world.sent.filter((one) => one.channel === channel).length;
const kinds = async (kind: string, recipient: string) =>
  (await world.open()).chain.flatMap((entry) =>
    entry.kind === kind && "recipient" in entry.data && entry.data.recipient === recipient
      ? [entry.data as Record<string, unknown>]
      : [],
  );

test("everybody is told once, by the first channel, in the runbook's order, and the ledger has id and time", async () => {
  const { told, undelivered, missing } = await tell();
  expect([ids(told), undelivered, missing]).toEqual([[MANAGER, TEAM, GSO], [], []]);
  expect(world.sent.map(({ channel }) => channel)).toEqual(["ses", "sns", "webhook"]);
  expect(await kinds("notice-sent", TEAM)).toEqual([
    {
      notice: "declared/high",
      recipient: TEAM,
      channel: "sns",
      messageId: expect.stringMatching(/^sns-/),
      sentAt: expect.any(String),
      tries: 1,
    },
  ]);
  expect(await kinds("notice-intended", TEAM)).toHaveLength(1);
});

test.each([
  ["the same attempt", {}],
  ["the next attempt", { runAttempt: 2 }],
  ["another run", { runId: 9000 }],
])("%s tells nobody again", async (_name, run) => {
  await tell();
  const before = world.sent.length;
  expect(ids((await tell(run)).told)).toEqual([MANAGER, TEAM, GSO]);
  expect(world.sent).toHaveLength(before);
});

describe("what certainly failed", () => {
  test("is tried three times, with waits, and then the next channel takes it", async () => {
    world.answers.ses = () => awsError("MessageRejected", 400);
    expect(ids((await tell()).told)).toContain(MANAGER);
    const tries = world.sent.filter(({ channel }) => channel === "ses").map(({ at }) => at);
    expect(tries).toEqual([0, 2000, 10_000]);
    expect(await kinds("notice-failed", MANAGER)).toMatchObject([
      { channel: "ses", outcome: "failed", why: "MessageRejected: MessageRejected happened", tries: 3 },
    ]);
    expect(world.comments[0]?.body).toContain("@maja");
    expect(world.comments[0]?.body).not.toContain("may have had this message already");
    expect(world.assigned).toEqual(["maja"]);
  });

  test("keeps nobody else waiting", async () => {
    world.answers.ses = () => awsError("MessageRejected", 400);
    // Whoever waits, waits until all others are told.
    world.clock.sleep = async () => {
      while (times("webhook") === 0 || times("sns") === 0)
        await new Promise((resolve) => setImmediate(resolve));
    };
    expect(ids((await tell()).told)).toEqual([MANAGER, TEAM, GSO]);
  });

  test("and works on the second try is told by that channel", async () => {
    world.answers.sns = (_to, call) => (call === 1 ? awsError("Throttling", 400) : undefined);
    await tell();
    expect(await kinds("notice-sent", TEAM)).toMatchObject([{ channel: "sns", tries: 2 }]);
  });
});

describe("what nobody knows", () => {
  test.each([
    ["a lost answer", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })],
    ["a time-out", Object.assign(new Error("aborted"), { name: "AbortError" })],
    ["a server's error", awsError("InternalFailure", 500)],
    ["503", awsError("ServiceUnavailable", 503)],
  ])("%s is never sent that way again, and the next channel says so", async (_name, error) => {
    world.answers.ses = () => error;
    await tell();
    await tell({ runAttempt: 2 });
    await tell({ runId: 9000 });
    expect(times("ses")).toBe(1);
    expect(world.comments).toHaveLength(1);
    expect(world.comments[0]?.body).toContain("You may have had this message already");
    expect(await kinds("notice-failed", MANAGER)).toMatchObject([{ outcome: "unknown", tries: 1 }]);
  });

  test.each([
    ["no connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
    ["no name", Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" })],
    ["no credentials", Object.assign(new Error("none"), { name: "CredentialsProviderError" })],
    ["throttling", awsError("TooManyRequestsException", 429)],
    ["a refusal", awsError("AccessDeniedException", 403)],
  ])("%s is known, on the other hand", async (_name, error) => {
    world.answers.ses = () => error;
    await tell();
    expect(times("ses")).toBe(3);
    expect(world.comments[0]?.body).not.toContain("may have had this message already");
  });

  test("of a job that was killed: its announcement without an outcome is not sent again", async () => {
    const record = await world.open();
    const name = `declared/high/${GSO}/slack//firebreak/dev/webhooks/gso/1`;
    const common = { notice: "declared/high", recipient: GSO, channel: "slack" as const };
    const intent = {
      ...common,
      reason: "declared",
      severity: "high" as const,
      address: "/firebreak/dev/webhooks/gso",
    };
    await record.append("notice-intended", intent, `notice-intended/${name}`);
    await tell({ runAttempt: 2 });
    expect(times("webhook")).toBe(0);
    expect(await kinds("notice-failed", GSO)).toMatchObject([{ channel: "slack", outcome: "unknown" }]);
    expect(world.sent.find(({ to }) => to === "globalsecops@novonordisk.com")?.text).toContain(
      "You may have had this message already",
    );
  });
});

describe("another job that sends at this moment", () => {
  const key = `declared/high/${TEAM}/sns/aiconnectors-alarms-dev/1`;
  const common = { notice: "declared/high", recipient: TEAM, channel: "sns" as const };
  const begin = async () => {
    const record = await world.open({ runId: 9000 });
    const intent = { ...common, reason: "declared", severity: "high" as const, address: "x" };
    await record.append("notice-intended", intent, `notice-intended/${key}`);
    return record;
  };

  test("is waited for, and what it sent is not sent again", async () => {
    const other = await begin();
    const telling = tell();
    await world.clock.sleep(20_000);
    const sentAt = world.clock.now().toISOString();
    await other.refresh();
    await other.append("notice-sent", { ...common, messageId: "m", sentAt, tries: 1 }, `notice-sent/${key}`);
    expect(ids((await telling).told)).toContain(TEAM);
    expect(times("sns")).toBe(0);
  });

  test("is given up when it has been silent for longer than a send can take", async () => {
    await begin();
    const { undelivered } = await tell();
    expect(ids(undelivered)).toEqual([TEAM]);
    expect(world.clock.elapsed()).toBeGreaterThan(320_000);
    expect(times("sns")).toBe(0);
  });
});

describe("nobody could be reached by anything", () => {
  beforeEach(() => {
    world.answers.ses = () => awsError("SendingPausedException", 400);
    world.answers.github = () => Object.assign(new Error("Forbidden"), { status: 403 });
  });

  test("the ledger says whom to telephone, and all others are told", async () => {
    const { told, undelivered } = await tell();
    expect([ids(told), ids(undelivered)]).toEqual([[TEAM, GSO], [MANAGER]]);
    expect(await kinds("notice-undelivered", MANAGER)).toEqual([
      {
        notice: "declared/high",
        recipient: MANAGER,
        why: "ses: SendingPausedException: SendingPausedException happened; github: GitHub: Forbidden",
        telephone: "+45 12 34 56 78",
      },
    ]);
    const record = await world.open();
    await record.project();
    expect(world.body).toContain("**Telephone IT Infrastructure Manager (Maja) now** (` +45 12 34 56 78 `)");
  });

  test("once it is mended the next attempt tells them, and the issue takes it back", async () => {
    await tell();
    delete world.answers.ses;
    expect(ids((await tell({ runAttempt: 2 })).undelivered)).toEqual([]);
    expect(await kinds("notice-sent", MANAGER)).toMatchObject([{ channel: "ses" }]);
    const record = await world.open();
    await record.project();
    expect(world.body).not.toContain("Telephone");
  });
});

test("a team on GitHub is not told by the workflow's own token: the next channel is taken", async () => {
  const contact = world.runbook.contacts[GSO];
  Object.assign(contact ?? {}, { channels: [{ github: "octo/gso" }, { ses: true }] });
  await tell();
  expect(await kinds("notice-failed", GSO)).toMatchObject([
    { channel: "github", outcome: "failed", why: "GitHub tells no team of a mention by github-actions[bot]" },
  ]);
  expect(await kinds("notice-sent", GSO)).toMatchObject([{ channel: "ses" }]);
});

test("a message of another reason goes to those who are named, and needs words", async () => {
  const record = await world.open();
  const to = [{ ...must(GSO), id: GSO }];
  await notify(world.deps(), record, { reason: "reminder/review/50", why: "The review is due.", to });
  expect(world.sent).toHaveLength(1);
  expect(world.sent[0]?.text).toContain("The review is due.");
  await expect(notify(world.deps(), record, { reason: "reminder/review/80" })).rejects.toThrow(
    "needs words of its own",
  );
});

function must(id: string) {
  return {
    id,
    who: "GSO",
    address: null,
    missing: null,
    telephone: null,
    ways: [{ channel: "slack" as const, address: "/firebreak/dev/webhooks/gso" }],
  };
}
