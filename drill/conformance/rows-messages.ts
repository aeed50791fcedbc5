/** What people are told by: SNS topics and e-mail by SES. */
import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import { PublishCommand } from "@aws-sdk/client-sns";
import { ending, type Row, refused } from "./row.ts";
import type { World } from "./world.ts";

const PUBLISH = "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html";
const SEND = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html";

const INVALID = refused("InvalidParameterException", 400);

async function publish(world: World, over: { Subject?: string; Message?: string; suffix?: string }) {
  const { suffix = "", ...message } = over;
  const TopicArn = `${await world.topic()}${suffix}`;
  return ending(world.sns.send(new PublishCommand({ TopicArn, Message: "text", ...message })));
}

async function send(world: World, from: string) {
  const { MessageId } = await world.ses.send(
    new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: ["somebody@example.org"] },
      Content: {
        Simple: { Subject: { Data: "Høj" }, Body: { Text: { Data: "text" }, Html: { Data: "<p>text</p>" } } },
      },
    }),
  );
  return { id: typeof MessageId };
}

export const MESSAGE_ROWS: readonly Row[] = [
  {
    id: "sns-publish",
    service: "sns",
    behaviour: "A message to a topic gets an id.",
    page: PUBLISH,
    expected: { id: "string" },
    run: async (world) => {
      const TopicArn = await world.topic();
      const { MessageId } = await world.sns.send(
        new PublishCommand({ TopicArn, Subject: "s", Message: "æ" }),
      );
      return { id: typeof MessageId };
    },
  },
  {
    id: "sns-longest-subject",
    service: "sns",
    behaviour: "A subject is less than 100 characters long.",
    page: PUBLISH,
    expected: INVALID,
    run: (world) => publish(world, { Subject: "x".repeat(100) }),
  },
  {
    id: "sns-subject-of-lines",
    service: "sns",
    behaviour: "A subject has no line breaks.",
    page: PUBLISH,
    expected: INVALID,
    run: (world) => publish(world, { Subject: "one\ntwo" }),
  },
  {
    id: "sns-subject-not-ascii",
    service: "sns",
    behaviour: "A subject is ASCII text.",
    page: PUBLISH,
    expected: INVALID,
    run: (world) => publish(world, { Subject: "Høj" }),
  },
  {
    id: "sns-longest-message",
    service: "sns",
    behaviour: "A message has at most 262,144 bytes.",
    page: PUBLISH,
    expected: INVALID,
    run: (world) => publish(world, { Message: "x".repeat(262_145) }),
  },
  {
    id: "sns-no-topic",
    service: "sns",
    behaviour: "A message to a topic that does not exist is refused.",
    page: PUBLISH,
    expected: refused("NotFoundException", 404),
    run: (world) => publish(world, { suffix: "-gone" }),
  },
  {
    id: "ses-send",
    service: "ses",
    behaviour: "E-mail from a verified identity gets an id.",
    page: SEND,
    expected: { id: "string" },
    run: async (world) => send(world, await world.sender()),
  },
  {
    id: "ses-unverified-sender",
    service: "ses",
    behaviour: "E-mail from an identity that is not verified is rejected.",
    page: SEND,
    expected: refused("MessageRejected", 400),
    run: (world) => send(world, "nobody@example.net"),
  },
];
