/** Seeds what people are told by: the runbook's topics, the sender of its e-mail, and the URLs of its webhooks. */
import { notificationsOf } from "../../scripts/setup/notifications.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import type { SimulatedAws } from "../aws/server.ts";
import type { ParameterStore } from "../aws/ssm/store.ts";
import type { SimulatedWebhooks } from "../webhooks/server.ts";
import { principalArn } from "./plan.ts";

/** `email` says what SES lets the account do. */
export function seedNotifications(
  platform: { aws: SimulatedAws; ssm: { store: ParameterStore }; webhooks: SimulatedWebhooks },
  where: { runbook: Runbook; environment: string; accountId: string },
  email: { verified: boolean; sandbox: boolean },
): void {
  const { aws, ssm, webhooks } = platform;
  const wanted = notificationsOf(where.runbook, where.environment);
  for (const topic of wanted.topics) aws.sns.seedTopic(topic);
  for (const { kind, parameter } of wanted.webhooks) {
    ssm.store.seed({
      name: parameter,
      value: webhooks.create(kind, parameter),
      modifiedBy: principalArn(where.accountId, "terraform-ci"),
    });
  }
  const { email_from: sender } = where.runbook.escalation;
  if (sender !== undefined && email.verified) aws.ses.verify(sender);
  aws.ses.sandbox = email.sandbox;
}
