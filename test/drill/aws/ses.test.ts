import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ACCOUNT, OPERATOR, type Platform, REGION, refusalOf, startPlatform } from "./core-platform.ts";

let platform: Platform;
let ses: SESv2Client;
beforeAll(async () => {
  platform = await startPlatform({
    rules: [
      {
        service: "ses",
        operation: "SendEmail",
        subject: "lost@example.org",
        kind: "drop",
        rate: 1,
        lostAnswer: true,
      },
      { service: "ses", operation: "SendEmail", subject: "busy@example.org", kind: "throttle", rate: 1 },
    ],
  });
  platform.aws.ses.verify("incidents@example.com");
  platform.aws.ses.verify("example.net");
  ses = new SESv2Client(platform.config);
});
afterEach(() => {
  platform.aws.ses.sandbox = false;
  platform.aws.ses.paused = false;
});
afterAll(async () => {
  ses.destroy();
  await platform.close();
});

interface Mail {
  from?: string;
  to?: string[];
  subject?: string;
  body?: object;
}
const mail = ({
  from = "incidents@example.com",
  to = ["gso@example.org"],
  subject = "Høj",
  body,
}: Mail = {}) =>
  new SendEmailCommand({
    FromEmailAddress: from,
    Destination: { ToAddresses: to },
    Content: {
      Simple: {
        Subject: { Data: subject },
        Body: body ?? { Text: { Data: "text" }, Html: { Data: "<p>text</p>" } },
      },
    },
  });
const delivered = () => platform.aws.messages.all();

test("an e-mail reaches its recipient in both forms, under the id that the caller gets", async () => {
  const { MessageId } = await ses.send(mail({ from: "Firebreak <incidents@example.com>" }));
  expect(delivered().at(-1)).toMatchObject({
    channel: "ses",
    to: "gso@example.org",
    subject: "Høj",
    text: "text",
    html: "<p>text</p>",
    messageId: MessageId,
  });
  expect(platform.calls.all().at(-1)).toMatchObject({
    service: "ses",
    resource: "gso@example.org",
    status: 200,
  });
});

test("an identity that is not verified may not send; a verified domain's addresses may", async () => {
  expect(await refusalOf(ses.send(mail({ from: "other@example.com" })))).toEqual({
    name: "MessageRejected",
    status: 400,
    message: expect.stringMatching(/^Email address is not verified\..*EU-CENTRAL-1: other@example\.com$/),
  });
  await ses.send(mail({ from: "any@example.net" }));
});

test("in the sandbox recipients have to be verified, too", async () => {
  platform.aws.ses.sandbox = true;
  expect((await refusalOf(ses.send(mail()))).name).toBe("MessageRejected");
  await ses.send(mail({ to: ["friend@example.net"] }));
});

test("a paused account, a broken address and a subject of two lines are refused", async () => {
  const before = delivered().length;
  for (const one of [{ to: ["nobody"] }, { subject: "one\ntwo" }, { body: {} }]) {
    expect((await refusalOf(ses.send(mail(one)))).name).toBe("BadRequestException");
  }
  platform.aws.ses.paused = true;
  expect((await refusalOf(ses.send(mail()))).name).toBe("SendingPausedException");
  expect(delivered()).toHaveLength(before);
});

test("a lost answer is an e-mail that was sent; a throttled one is none", async () => {
  const before = delivered().length;
  await expect(ses.send(mail({ to: ["lost@example.org"] }))).rejects.toThrow();
  expect(delivered()).toHaveLength(before + 1);
  expect(await refusalOf(ses.send(mail({ to: ["busy@example.org"] })))).toMatchObject({
    name: "TooManyRequestsException",
    status: 429,
  });
  expect(delivered()).toHaveLength(before + 1);
});

test("a role sends as the identity and from the address that its policy names", async () => {
  const arn = OPERATOR.replace("operator", "sender");
  const statement = {
    Effect: "Allow",
    Action: "ses:SendEmail",
    Resource: `arn:aws:ses:${REGION}:${ACCOUNT}:identity/example.net`,
    Condition: { StringEquals: { "ses:FromAddress": "alarms@example.net" } },
  } as const;
  platform.aws.access.enforce([{ id: "Any", maxSession: 3600, trust: [], arn, statements: [statement] }]);
  const client = new SESv2Client({
    ...platform.config,
    credentials: platform.aws.sessions.issue({ roleArn: arn }),
  });
  await client.send(mail({ from: "Alarms <alarms@example.net>" }));
  for (const from of ["other@example.net", "incidents@example.com"]) {
    expect(await refusalOf(client.send(mail({ from })))).toMatchObject({
      name: "AccessDeniedException",
      status: 403,
    });
  }
  client.destroy();
});
