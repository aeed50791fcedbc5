import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import { PublishCommand } from "@aws-sdk/client-sns";
import type { Aws } from "../ports.ts";
import type { Target } from "../runbook/target.ts";
import { attemptAws, type Channel } from "./attempt.ts";
import type { Message } from "./message.ts";
import { asciiSubject, htmlText, plainText } from "./text.ts";

/** Long enough for a service in trouble: once it is over nobody knows whether the message was taken. */
const ANSWER_WITHIN_MS = 100_000;

/** To a topic of the environment's account and region. */
export function byTopic(aws: Aws, target: Target, topic: string, message: Message): Channel {
  const partition = target.evidenceRole.split(":")[1] ?? "aws";
  const command = new PublishCommand({
    TopicArn: `arn:${partition}:sns:${target.region}:${target.accountId}:${topic}`,
    Subject: asciiSubject(message),
    Message: plainText(message),
  });
  return {
    send: () =>
      attemptAws(() => aws.sns.send(command, { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) })),
  };
}

/** From the runbook's sender, an identity that SES has verified in the environment's region. */
export function byEmail(aws: Aws, from: string, address: string, message: Message): Channel {
  const content = (text: string) => ({ Data: text, Charset: "UTF-8" });
  const command = new SendEmailCommand({
    FromEmailAddress: from,
    Destination: { ToAddresses: [address] },
    Content: {
      Simple: {
        Subject: content(asciiSubject(message)),
        Body: { Text: content(plainText(message)), Html: content(htmlText(message)) },
      },
    },
  });
  return {
    send: () =>
      attemptAws(() => aws.ses.send(command, { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) })),
  };
}
