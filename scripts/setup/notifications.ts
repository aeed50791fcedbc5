/** What the runbook tells people by, in one environment. */
import type { Runbook } from "../../src/runbook/schema.ts";

export interface Notifications {
  /** Names of SNS topics. */
  topics: string[];
  /** SSM parameters that hold a webhook's URL. */
  webhooks: { kind: "slack" | "teams"; parameter: string }[];
}

/** What the runbook's escalation goes through in an environment, each once. */
export function notificationsOf(runbook: Runbook, environment: string): Notifications {
  const { contacts, escalation } = runbook;
  const fill = (template: string) => template.replaceAll("{env}", environment);
  const teams = escalation.notify.flatMap((entry) => ("team" in entry ? [entry] : []));
  const channels = [...teams, ...Object.values(contacts)].flatMap((one) => one.channels ?? []);
  const topics = [
    ...teams.map(({ topic }) => topic),
    ...channels.flatMap((channel) => ("sns" in channel ? [channel.sns] : [])),
  ];
  const webhooks = channels.flatMap((channel): [string, "slack" | "teams"][] => {
    if ("slack" in channel) return [[fill(channel.slack), "slack"]];
    return "teams" in channel ? [[fill(channel.teams), "teams"]] : [];
  });
  return {
    topics: [...new Set(topics.map(fill))],
    webhooks: [...new Map(webhooks)].map(([parameter, kind]) => ({ kind, parameter })),
  };
}
