import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CallLog } from "../../drill/calls.ts";
import { createClock } from "../../drill/clock.ts";
import { Faults } from "../../drill/faults.ts";
import { MessageLog } from "../../drill/messages.ts";
import { createRandom } from "../../drill/random.ts";
import { createWebhooks, type SimulatedWebhooks } from "../../drill/webhooks/server.ts";

const clock = createClock({ speed: 1 });
const [calls, messages] = [new CallLog(), new MessageLog(clock)];
let webhooks: SimulatedWebhooks;
const urls = new Map<string, string>();
beforeAll(async () => {
  const rules = [
    { service: "webhook", operation: "slack", subject: "/lost", kind: "drop", rate: 1, lostAnswer: true },
    { service: "webhook", operation: "slack", subject: "/busy", kind: "throttle", rate: 1 },
    { service: "webhook", operation: "teams", subject: "/gone", kind: "drop", rate: 1 },
  ] as const;
  const random = createRandom(1);
  webhooks = await createWebhooks({ clock, calls, messages, random, faults: new Faults(rules, random) });
  for (const name of ["/slack", "/lost", "/busy"]) urls.set(name, webhooks.create("slack", name));
  for (const name of ["/teams", "/gone"]) urls.set(name, webhooks.create("teams", name));
});
afterAll(() => webhooks.close());

const post = async (url: string, payload: unknown) => {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  return { status: response.status, text: await response.text() };
};
const to = (name: string, payload: unknown) => post(urls.get(name) ?? "", payload);
const card = (text: string) => ({
  type: "message",
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      contentUrl: null,
      content: { type: "AdaptiveCard", version: "1.4", body: [{ type: "TextBlock", text }] },
    },
  ],
});

test("Slack answers ok, and the message has the text of every block", async () => {
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*High*" } }];
  expect(await to("/slack", { text: "High: INC-1", blocks })).toEqual({ status: 200, text: "ok" });
  expect(messages.all().at(-1)).toMatchObject({
    channel: "slack",
    to: "/slack",
    text: "High: INC-1\n*High*",
    messageId: null,
  });
});

test("Teams answers 202 without a word", async () => {
  expect(await to("/teams", card("High"))).toEqual({ status: 202, text: "" });
  expect(messages.all().at(-1)).toMatchObject({ channel: "teams", to: "/teams", text: "High" });
});

test.each([
  ["/slack", "no JSON", 400, "invalid_payload"],
  ["/slack", {}, 400, "no_text"],
  [
    "/slack",
    { text: "x", blocks: [{ type: "section", text: { text: "x".repeat(3001) } }] },
    400,
    "invalid_blocks",
  ],
  ["/busy", { text: "x" }, 429, "rate_limited"],
  ["/teams", { text: "x" }, 400, "TriggerInputSchemaMismatch"],
  ["/teams", card("x".repeat(28 * 1024)), 413, "RequestEntityTooLarge"],
])("%s refuses what it cannot take (%#)", async (name, payload, status, word) => {
  const before = messages.all().length;
  const answer = await to(name, payload);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(word);
  expect(messages.all()).toHaveLength(before);
});

test("nothing is behind another URL", async () => {
  const url = urls.get("/slack") ?? "";
  expect(await post(`${url}0`, { text: "x" })).toEqual({ status: 404, text: "no_service" });
});

test("a lost answer is a message that was delivered, a dropped connection is none", async () => {
  const before = messages.all().length;
  await expect(to("/lost", { text: "x" })).rejects.toThrow();
  expect(messages.all()).toHaveLength(before + 1);
  await expect(to("/gone", card("x"))).rejects.toThrow();
  expect(messages.all()).toHaveLength(before + 1);
});

test("the call log names the parameter, and never the URL", () => {
  const log = calls.toNdjson();
  expect(calls.all()[0]).toMatchObject({ service: "webhook", operation: "slack", resource: "/slack" });
  for (const url of urls.values()) expect(log).not.toContain(new URL(url).pathname.slice(-20));
});
