import { beforeEach, describe, expect, test } from "@jest/globals";
import { jsonComment } from "../../src/incident/markdown.ts";
import { notifyDue } from "../../src/notify/notify.ts";
import type { RunContext } from "../../src/ports.ts";
import { awsError, NotifyWorld, reachableRunbook } from "../support/notify-world.ts";

const MANAGER = "it-infrastructure-manager";
const KEY = `declared/high/${MANAGER}/github/maja/1`;
const COMMON = { notice: "declared/high", recipient: MANAGER, channel: "github" as const };
const INTENT = { ...COMMON, reason: "declared", severity: "high" as const, address: "maja" };

let world: NotifyWorld;

/** The manager is reached by a mention first, and by e-mail. */
beforeEach(async () => {
  const runbook = reachableRunbook();
  Object.assign(runbook.contacts[MANAGER] ?? {}, { channels: [{ github: "maja" }, { ses: true }] });
  world = new NotifyWorld(runbook);
  await world.declare();
});

const tell = async (run: Partial<RunContext> = {}) => notifyDue(world.deps(run), await world.open(run));
const mentions = () => world.comments.filter(({ body }) => body.includes("@maja")).length;

describe("two jobs that tell at the same time", () => {
  test("mention once: the slower one waits for what the faster one says came of it", async () => {
    const [faster, slower] = [world.deps({ runId: 1 }), world.deps({ runId: 2 })];
    const { issues } = faster.github.rest;
    const create = issues.createComment;
    // GitHub takes its time, until the other job has looked and waited.
    const waited = Promise.withResolvers<void>();
    Object.assign(issues, {
      createComment: async (parameters: Parameters<typeof create>[0]) => {
        await waited.promise;
        return create(parameters);
      },
    });
    const sleep = slower.clock.sleep;
    slower.clock = {
      ...slower.clock,
      now: () => world.clock.now(),
      sleep: async (ms) => {
        waited.resolve();
        await new Promise((resolve) => setImmediate(resolve));
        await sleep(ms);
      },
    };
    const records = [await world.open({ runId: 1 }), await world.open({ runId: 2 })] as const;
    const [one, other] = await Promise.all([notifyDue(faster, records[0]), notifyDue(slower, records[1])]);
    expect([one.undelivered, other.undelivered]).toEqual([[], []]);
    expect(mentions()).toBe(1);
    expect(world.sent.map(({ channel }) => channel).sort()).toEqual(["github", "sns", "webhook"]);
  });

  test("mention once where the other had announced it before", async () => {
    const other = await world.open({ runId: 9000 });
    await other.append("notice-intended", INTENT, `notice-intended/${KEY}`);
    const telling = tell();
    await world.clock.sleep(20_000);
    const sentAt = world.clock.now().toISOString();
    await other.append("notice-sent", { ...COMMON, messageId: "7", sentAt, tries: 1 }, `notice-sent/${KEY}`);
    expect((await telling).undelivered).toEqual([]);
    expect(mentions()).toBe(0);
  });

  test("and one that has ended is taken over: its mention is found, or posted", async () => {
    const other = await world.open({ runId: 9000 });
    await other.append("notice-intended", INTENT, `notice-intended/${KEY}`);
    expect((await tell()).undelivered).toEqual([]);
    expect(world.clock.elapsed()).toBeGreaterThan(320_000);
    expect([mentions(), world.sent.filter(({ channel }) => channel === "ses").length]).toEqual([1, 0]);
  });
});

test.each(["COLLABORATOR", "MEMBER", "OWNER"])(
  "a comment that a person (%s) wrote with the key of a mention is not the mention",
  async (association) => {
    const comment = {
      id: 77,
      body: `${jsonComment("firebreak:comment", { key: `notice/${KEY}` })}\nnothing to see`,
      html_url: "c77",
      user: { login: "insider", type: "User" },
      author_association: association,
    };
    world.comments.push(comment);
    await tell();
    expect(mentions()).toBe(1);
  },
);

describe("an address that the runbook changes after they were told", () => {
  const readdress = () => {
    const contact = world.runbook.contacts[MANAGER];
    Object.assign(contact ?? {}, { email: "maja.new@example.com", channels: [{ ses: true }] });
  };

  test("is not sent the same again", async () => {
    await tell();
    const before = world.sent.length;
    readdress();
    expect((await tell({ runAttempt: 2 })).told.map(({ id }) => id)).toContain(MANAGER);
    expect(world.sent).toHaveLength(before);
  });

  test("is sent what reached nobody before", async () => {
    world.answers.github = () => Object.assign(new Error("Forbidden"), { status: 403 });
    world.answers.ses = () => awsError("MessageRejected", 400);
    expect((await tell()).undelivered.map(({ id }) => id)).toEqual([MANAGER]);
    readdress();
    delete world.answers.ses;
    expect((await tell({ runAttempt: 2 })).undelivered).toEqual([]);
    expect(world.sent.at(-1)).toMatchObject({ channel: "ses", to: "maja.new@example.com" });
  });
});
