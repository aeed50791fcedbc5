import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ACCOUNT, OPERATOR, type Platform, REGION, refusalOf, startPlatform } from "./core-platform.ts";

const ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`;

let platform: Platform;
let sns: SNSClient;
beforeAll(async () => {
  platform = await startPlatform({
    rules: [
      {
        service: "sns",
        operation: "Publish",
        subject: `${ARN}-lost`,
        kind: "drop",
        rate: 1,
        lostAnswer: true,
      },
      { service: "sns", operation: "Publish", subject: `${ARN}-denied`, kind: "deny", rate: 1 },
      { service: "sns", operation: "Publish", subject: `${ARN}-down`, kind: "server-error", rate: 1 },
    ],
  });
  for (const name of ["alarms", "alarms-lost", "alarms-denied", "alarms-down"])
    platform.aws.sns.seedTopic(name);
  platform.aws.sns.seedTopic("locked", { keyDisabled: true });
  sns = new SNSClient(platform.config);
});
afterAll(async () => {
  sns.destroy();
  await platform.close();
});

const publish = (over: object = {}) =>
  sns.send(new PublishCommand({ TopicArn: ARN, Subject: "High: INC-1", Message: "æ & <b>", ...over }));
const delivered = () => platform.aws.messages.all();

test("a message reaches the topic as it was sent, under the id that the caller gets", async () => {
  const { MessageId } = await publish();
  expect(delivered().at(-1)).toMatchObject({
    channel: "sns",
    to: ARN,
    subject: "High: INC-1",
    text: "æ & <b>",
    html: null,
    messageId: MessageId,
  });
  expect(platform.calls.all().at(-1)).toMatchObject({ service: "sns", operation: "Publish", resource: ARN });
});

test("a message may have 256 KiB, a subject fewer than 100 characters of ASCII", async () => {
  await publish({ Message: "x".repeat(262_144), Subject: "x".repeat(99) });
});

test.each([
  ["a message of one byte more", { Message: "x".repeat(262_145) }],
  ["a subject of 100 characters", { Subject: "x".repeat(100) }],
  ["a subject with a line break", { Subject: "one\ntwo" }],
  ["a subject that is not ASCII", { Subject: "Høj" }],
  ["a subject that begins with a space", { Subject: " one" }],
  ["an empty message", { Message: "" }],
  ["a topic of another region", { TopicArn: ARN.replace(REGION, "us-east-1") }],
])("%s is refused, and nobody gets it", async (_, over) => {
  const before = delivered().length;
  expect(await refusalOf(publish(over))).toMatchObject({ name: "InvalidParameterException", status: 400 });
  expect(delivered()).toHaveLength(before);
});

test("a topic that is not there, and one whose key is disabled", async () => {
  expect(await refusalOf(publish({ TopicArn: `${ARN}-none` }))).toMatchObject({
    name: "NotFoundException",
    status: 404,
  });
  const locked = `arn:aws:sns:${REGION}:${ACCOUNT}:locked`;
  expect((await refusalOf(publish({ TopicArn: locked }))).name).toBe("KMSDisabledException");
});

test("a lost answer is a message that was delivered; a refused or failed one is none", async () => {
  const before = delivered().length;
  await expect(publish({ TopicArn: `${ARN}-lost` })).rejects.toThrow();
  expect(delivered()).toHaveLength(before + 1);
  expect(await refusalOf(publish({ TopicArn: `${ARN}-denied` }))).toMatchObject({
    name: "AuthorizationErrorException",
    status: 403,
  });
  expect(await refusalOf(publish({ TopicArn: `${ARN}-down` }))).toMatchObject({
    name: "InternalErrorException",
    status: 500,
  });
  expect(delivered()).toHaveLength(before + 1);
});

test("a role publishes to the topics that its policies name, and to no other", async () => {
  const arn = OPERATOR.replace("operator", "teller");
  const statements = [{ Effect: "Allow", Action: "sns:Publish", Resource: ARN } as const];
  platform.aws.access.enforce([{ id: "Any", maxSession: 3600, trust: [], arn, statements }]);
  const client = new SNSClient({
    ...platform.config,
    credentials: platform.aws.sessions.issue({ roleArn: arn }),
  });
  const to = (TopicArn: string) => client.send(new PublishCommand({ TopicArn, Message: "x" }));
  await to(ARN);
  expect(await refusalOf(to(`${ARN}-down`.replace("-down", "-other")))).toMatchObject({
    name: "AuthorizationErrorException",
    message: expect.stringContaining("not authorized to perform: sns:Publish"),
  });
  client.destroy();
});
