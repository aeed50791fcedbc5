import { beforeEach, expect, test } from "@jest/globals";
import { notifyDue } from "../../src/notify/notify.ts";
import { WebhookError } from "../../src/webhook-error.ts";
import { NotifyWorld } from "../support/notify-world.ts";

const GSO = "global-security-operations";
let world: NotifyWorld;
beforeEach(async () => {
  world = new NotifyWorld();
  await world.declare();
});

async function outcome(kind: "slack" | "teams" = "slack") {
  Object.assign(world.runbook.contacts[GSO] ?? {}, {
    channels: [{ [kind]: "/firebreak/{env}/webhooks/gso" }],
  });
  const record = await world.open();
  await notifyDue(world.deps(), record);
  const last = record.chain.findLast(
    ({ kind: one, data }) =>
      ["notice-sent", "notice-failed"].includes(one) && "recipient" in data && data.recipient === GSO,
  );
  return last?.kind === "notice-failed" ? [last.data.outcome, last.data.why, last.data.tries] : ["sent"];
}

test("the URL is masked before anything is done with it, and stands nowhere", async () => {
  world.answers.webhook = () => {
    expect(world.masked).toContain(world.url);
    return new WebhookError("the webhook gave no answer (ECONNRESET)", true);
  };
  expect(await outcome()).toEqual(["unknown", "the webhook gave no answer (ECONNRESET)", 1]);
  expect(world.traces()).not.toContain("topsecretpart");
  expect(world.traces()).not.toContain("hooks.example.com");
});

test.each([
  ["in the clear", "http://hooks.example.com/services/topsecretpart", "holds no https address"],
  ["with a password", "https://me:topsecretpart@hooks.example.com/", "holds a user name or a password"],
  ["that is none", "topsecretpart", "holds no https address"],
  ["of another kind", "file:///topsecretpart", "holds no https address"],
  ["empty", " ", "holds no https address"],
])("an address %s is never posted to", async (_name, url, why) => {
  world.url = url;
  expect(await outcome()).toEqual(["failed", expect.stringContaining(why), 0]);
  expect(world.sent.filter(({ channel }) => channel === "webhook")).toEqual([]);
  expect(world.traces()).not.toContain("topsecretpart");
});

test("a parameter that is not there fails the channel before anything is announced", async () => {
  world.url = "";
  expect(await outcome()).toEqual(["failed", expect.stringContaining("ParameterNotFound"), 0]);
});

test("on this machine it may be in the clear", async () => {
  world.url = "http://127.0.0.1:8080/hook";
  expect(await outcome()).toEqual(["sent"]);
});

test.each([
  ["slack", 200, "ok", ["sent"]],
  ["slack", 200, "<html>", ["unknown", "the webhook answered 200", 1]],
  ["slack", 404, "no_service", ["failed", "the webhook answered 404 no_service", 3]],
  ["slack", 429, "rate_limited", ["failed", "the webhook answered 429 rate_limited", 3]],
  ["slack", 302, "", ["failed", "the webhook answered 302, elsewhere", 3]],
  ["slack", 408, "", ["unknown", "the webhook answered 408", 1]],
  ["slack", 500, "rollup_error", ["unknown", "the webhook answered 500 rollup_error", 1]],
  ["slack", 403, "see https://evil.example", ["failed", "the webhook answered 403", 3]],
  ["teams", 202, "", ["sent"]],
  ["teams", 200, "1", ["sent"]],
  ["teams", 200, "Webhook message delivery failed", ["unknown", "the webhook answered 200", 1]],
  ["teams", 400, '{"error":{}}', ["failed", "the webhook answered 400", 3]],
  ["teams", 502, "", ["unknown", "the webhook answered 502", 1]],
] as const)("%s answers %i %s: %j", async (kind, status, text, expected) => {
  world.answers.webhook = () => ({ status, text });
  expect(await outcome(kind)).toEqual(expected);
});
