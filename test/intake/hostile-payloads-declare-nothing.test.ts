import { expect, test } from "@jest/globals";
import { FirebreakError } from "../../src/errors.ts";
import { alarmEvent, alarmNotification, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const HOSTILE = "<img src=x onerror=alert(1)> @everyone `${{ secrets.X }}` ::set-output name=a::b";

function edited(edit: (event: { [key: string]: never }) => void): object {
  const event = alarmEvent() as { [key: string]: never };
  edit(event);
  return { event };
}
function message(edit: (message: Record<string, unknown>) => void): object {
  const notification = alarmNotification(alarmEvent());
  const json = JSON.parse(String(notification.Message)) as Record<string, unknown>;
  edit(json);
  return { notification: { ...notification, Message: JSON.stringify(json) } };
}
const deep = () => {
  let value: unknown = 1;
  for (let depth = 0; depth < 1_000; depth += 1) value = [value];
  return value;
};
const set = (path: string, value: unknown) =>
  edited((event) => {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    const at = steps.reduce((object, step) => object[step] as never, event as Record<string, never>);
    (at as Record<string, unknown>)[last] = value;
  });

const BAD: [string, unknown, RegExp][] = [
  ["nothing", undefined, /client_payload/],
  ["null", null, /client_payload/],
  ["a list", [alarmEvent()], /client_payload/],
  ["a text", HOSTILE, /client_payload/],
  ["neither", {}, /either 'event' or 'notification'/],
  ["both", { event: alarmEvent(), notification: alarmNotification(alarmEvent()) }, /either/],
  ["an event that is a text", { event: HOSTILE }, /client_payload\.event/],
  ["nested 1,000 deep", { event: deep() }, /client_payload\.event/],
  ["another source", set("source", "aws.ec2"), /event\.source/],
  ["another kind of event", set("detail-type", HOSTILE), /event\.detail-type/],
  ["no resources", set("resources", []), /event\.resources/],
  ["a resource that is no alarm", set("resources", ["arn:aws:s3:::x"]), /event\.resources\.0/],
  [
    "the ARN of another alarm",
    set("resources", ["arn:aws:cloudwatch:eu-west-1:444455556666:alarm:other"]),
    /ARN of another/,
  ],
  ["no name", set("detail.alarmName", ""), /alarmName/],
  ["a name of 256", set("detail.alarmName", "a".repeat(256)), /alarmName/],
  ["a name that is an object", set("detail.alarmName", { toString: HOSTILE }), /alarmName/],
  [
    "a hostile name",
    edited((event) => {
      Object.assign(event, { resources: [`arn:aws:cloudwatch:eu-west-1:444455556666:alarm:${HOSTILE}`] });
      Object.assign(event.detail as unknown as object, { alarmName: HOSTILE });
    }),
    /to no alarm/,
  ],
  ["no state", set("detail.state", undefined), /detail\.state/],
  ["a state that there is not", set("detail.state.value", HOSTILE), /state\.value/],
  ["no moment", set("detail.state.timestamp", HOSTILE), /state\.timestamp/],
  ["a day that there is not", set("detail.state.timestamp", "2026-13-41T00:00:00.000+0000"), /no moment/],
  ["a number for a moment", set("detail.state.timestamp", 1_700_000_000), /timestamp/],
  ["the future", set("detail.state.timestamp", "2026-11-22T00:00:00.000+0000"), /future/],
  ["a reason of a megabyte", set("detail.state.reason", "x".repeat(1_000_000)), /reason/],
  ["a notification without message", { notification: { Type: "Notification" } }, /notification\.Message/],
  [
    "a confirmation",
    { notification: { Type: "SubscriptionConfirmation", Message: "{}" } },
    /notification\.Type/,
  ],
  ["a message in words", { notification: { Type: "Notification", Message: HOSTILE } }, /is not JSON/],
  [
    "a message about something else",
    message((json) => {
      delete json.AlarmArn;
    }),
    /AlarmArn/,
  ],
  [
    "a message with another's ARN",
    message((json) => {
      json.AlarmName = "aiconnectors-sharepoint-auth-failures-prod";
    }),
    /ARN of another/,
  ],
  [
    "a message without a moment",
    message((json) => {
      json.StateChangeTime = HOSTILE;
    }),
    /StateChangeTime/,
  ],
];

test.each(BAD)(
  "%s: refused by name, nothing declared, nothing of it shown",
  async (_what, payload, where) => {
    const world = new IntakeWorld();
    const failure = await world.receive("alarm", dispatchOf(payload)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FirebreakError);
    const { message: text, remedy } = failure as FirebreakError;
    expect(text).toMatch(where);
    expect(text.length + remedy.length).toBeLessThan(900);
    // What is quoted is short, on one line, in ASCII.
    expect(text).not.toMatch(/[^\x20-\x7e]/);
    expect(world.s3.calls).toEqual([]);
    expect(world.dispatched).toEqual([]);
    expect(world.summaries).toEqual([]);
  },
);

test("an alarm's own words are shown as code only, and reach no dispatch", async () => {
  const world = new IntakeWorld();
  const reason = `${HOSTILE}\n\n## Owned\n/severity low nothing\n<!-- x -->`;
  await world.receive("alarm", dispatchOf({ event: alarmEvent({ reason }) }));
  expect(JSON.stringify(world.dispatched)).not.toMatch(/img|everyone|secrets/);
  const number = (await world.declare(world.dispatched[0] ?? {})) ?? 0;
  const body = world.bodies.get(number) ?? "";
  expect(body).toContain("onerror");
  const outside = body.replace(/(`+)[^`\n][^\n]*?\1/g, "").replace(/```text[\s\S]*?\n```/g, "");
  expect(outside).not.toMatch(/onerror|@everyone|## Owned/);
  for (const summary of world.summaries) expect(summary.replace(/(`+) .*? \1/g, "")).not.toContain("onerror");
});
