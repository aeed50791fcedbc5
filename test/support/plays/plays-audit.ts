/** The play that protects the audit trail, and its way back. */
import { parsePolicy } from "../../../drill/aws/s3/policy.ts";
import { createRandom } from "../../../drill/random.ts";
import { perform } from "../../../drill/scenario/events.ts";
import type { PlayWorld } from "./play-world.ts";
import type { Play } from "./plays.ts";

const THIEF = "arn:aws:sts::111122223333:assumed-role/aiconnectors-servicenow-dev-task/stolen";

function policyFor(what: string): Record<string, unknown> {
  const Resource = `arn:aws:s3:::nn-aiconnectors-audit-dev/${what}/*`;
  const statement = {
    Sid: "DenyDeletion",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:DeleteObjectVersion",
    Resource,
  };
  return { Version: "2012-10-17", Statement: [statement] };
}

export const PROTECT_AUDIT_LOGS: Play = {
  name: "protect-audit-logs",
  action: "protect-audit-logs",
  declare: { type: "audit-log-tampering" },
  sources: "cloudwatch-logs,ecs,iam-role,audit-logs,cloudtrail",
  needs: { tasks: true, role: true, policy: true },
  attack: ({ platform, plan }: PlayWorld) =>
    perform(
      {
        do: "change_policy",
        when: "dispatched",
        after_seconds: 0,
        bucket: "audit",
        by: THIEF,
        policy: policyFor("other"),
      },
      platform,
      plan,
      createRandom(1),
      new AbortController().signal,
    ),
  drift: {
    happens: ({ platform, target }) => {
      platform.aws.s3.bucket(target.auditBucket).policy = parsePolicy(JSON.stringify(policyFor("another")));
    },
    shows: /restore-bucket-policy: from\.policy was/,
  },
};

export const UNDO_PROTECTION: Play = {
  ...PROTECT_AUDIT_LOGS,
  name: "undo (protect-audit-logs)",
  action: "undo",
  inputs: { reason: "The root cause is confirmed and removed." },
  after: { action: "protect-audit-logs", change: "undo" },
  needs: {},
  remains: true,
  drift: {
    happens: ({ platform, target }) => {
      const { inline } = platform.aws.iam.store.role(`${target.service}-task`);
      const name = [...inline.keys()].find((one) => one.startsWith("Firebreak-")) ?? "";
      inline.set(name, '{"Version":"2012-10-17","Statement":[]}');
    },
    shows: /Firebreak-INC-1-RevokeOlderSessions/,
  },
};
