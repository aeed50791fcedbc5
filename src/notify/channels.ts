import type { Way } from "../incident/escalation.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { Channel } from "./attempt.ts";
import type { Message } from "./message.ts";
import { byEmail, byTopic } from "./send-aws.ts";
import { byMention } from "./send-github.ts";
import { byWebhook } from "./send-webhook.ts";

export type NotifyDeps = RecordDeps & Pick<ActionDeps, "webhook">;

/**
 * Makes a channel ready for one message; nothing is sent yet.
 * @param key names the message for good: the comment of a mention is found again by it.
 * @throws Error, which holds no secret, when it cannot be used at all.
 */
export async function openChannel(
  deps: NotifyDeps,
  { runbook, target, number }: Pick<IncidentRecord, "runbook" | "target" | "number">,
  { channel, address }: Way,
  key: string,
  message: Message,
): Promise<Channel> {
  const aws = deps.aws(target.region);
  switch (channel) {
    case "sns":
      return byTopic(aws, target, address, message);
    case "ses":
      return byEmail(aws, runbook.escalation.email_from ?? "", address, message);
    case "slack":
    case "teams":
      return byWebhook({ aws, webhook: deps.webhook, log: deps.log }, channel, address, message);
    case "github":
      return byMention(deps, number, address, key, message);
  }
}

/**
 * Whether sending again by this channel sends nothing twice, so that what a job began that was killed is just sent again:
 * the comment of a mention is found by its key.
 */
export function isRepeatable({ channel }: Way): boolean {
  return channel === "github";
}
