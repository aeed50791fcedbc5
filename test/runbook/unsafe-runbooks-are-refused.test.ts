import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { checkHolidays } from "../../src/runbook/business-days.ts";
import { checkRunbook } from "../../src/runbook/check.ts";

const own = readFileSync(new URL("../../runbook.yml", import.meta.url), "utf8");

/** A change to the organisation's runbook that would undo a protection, and what is said about it. */
const unsafe: [name: string, from: string | RegExp, to: string, path: string, message: RegExp][] = [
  [
    "mcps that share a service",
    "service: aiconnectors-{name}-{env}",
    "service: aiconnectors-{env}",
    "naming.service",
    /has to hold \{name\}/,
  ],
  [
    "mcps that share a parameter",
    /parameter: .*/,
    "parameter: /aiconnectors/{env}/secret",
    "naming.parameter",
    /has to hold \{name\}/,
  ],
  [
    "one role for both",
    "role/firebreak-containment-{env}",
    "role/firebreak-evidence-{env}",
    "environments.dev.containment_role",
    /is the evidence role, too/,
  ],
  [
    "evidence among the audit logs",
    "vault: nn-aiconnectors-vault-{env}",
    "vault: nn-aiconnectors-audit-{env}",
    "environments.dev.vault",
    /is the audit bucket, too/,
  ],
  [
    "a glass that the ordinary reviewers could break",
    "break_glass_environment: break-glass-{env}",
    "break_glass_environment: Containment-{env}",
    "environments.dev.break_glass_environment",
    /whoever approves those could break the glass/,
  ],
  [
    "a manual step that cannot be told from one of the escalation process",
    "id: investigate-scope",
    "id: investigate",
    "incident_types.iam-role-unauthorized-use.manual[0].id",
    /is the id of a step of the escalation process/,
  ],
  [
    "a deadline that is over before it begins",
    "deadline_minutes: 15",
    "deadline_minutes: 0",
    "incident_types.client-secret-compromised.manual[0].deadline_minutes",
    /expected number to be >=1/,
  ],
  [
    "an mcp twice",
    "mcps: [servicenow, sharepoint",
    "mcps: [servicenow, servicenow",
    "environments.dev.mcps[1]",
    /'servicenow' stands here twice/,
  ],
  [
    "a vault of two environments",
    /vault: .*/g,
    "vault: nn-aiconnectors-vault",
    "environments.prod.vault",
    /is another environment's vault, too/,
  ],
  [
    "a vault that is another environment's audit bucket",
    "vault: nn-aiconnectors-vault-{env}",
    "vault: nn-aiconnectors-audit-prod",
    "environments.dev.vault",
    /is the audit bucket, too/,
  ],
  [
    "log exports into the vault",
    "bucket: nn-aiconnectors-log-exports-{env}",
    "bucket: nn-aiconnectors-vault-{env}",
    "evidence.log_export.bucket",
    /is a vault or an audit bucket, too/,
  ],
  [
    "log exports into the audit bucket",
    "bucket: nn-aiconnectors-log-exports-{env}",
    "bucket: nn-aiconnectors-audit-{env}",
    "evidence.log_export.bucket",
    /is a vault or an audit bucket, too/,
  ],
  [
    "a bucket name that is too long once it is filled in",
    "vault: nn-aiconnectors-vault-{env}",
    `vault: ${"v".repeat(59)}-{env}1`,
    "environments.dev.vault",
    /is not the name of an S3 bucket/,
  ],
  [
    "a copying role that may change the service",
    "role/firebreak-batch-copy-{env}",
    "role/firebreak-containment-{env}",
    "evidence.batch_copy.role",
    /is a containment role, too/,
  ],
  [
    "a source twice",
    "[cloudwatch-logs, audit-logs",
    "[cloudwatch-logs, cloudwatch-logs, audit-logs",
    "evidence.collect[1]",
    /'cloudwatch-logs' stands here twice/,
  ],
  [
    "a request that nobody is asked",
    "    entra-sign-in:\n",
    "    entra-signin:\n",
    "evidence.sources",
    /has no 'entra-sign-in'/,
  ],
  [
    "an open brace in a bucket",
    "vault: nn-aiconnectors-vault-{env}",
    'vault: "nn-aiconnectors-vault-{env"',
    "environments.dev.vault",
    /a brace that is opened or closed alone/,
  ],
  [
    "an open brace in a key's alias",
    "alias/aiconnectors-evidence-{env}",
    "alias/{env",
    "evidence.signing.kms_key",
    /a brace that is opened or closed alone/,
  ],
  [
    "a trail that cannot exist",
    "name: aiconnectors-trail-{env}",
    "name: a b/../c",
    "evidence.trail.name",
    /neither the name nor the ARN of a trail/,
  ],
  [
    "a password for everybody to read",
    "  signing:\n",
    "  timestamp_authorities: ['http://user:pw@tsa.example']\n  signing:\n",
    "evidence.timestamp_authorities[0]",
    /holds a user name or a password/,
  ],
  [
    "a country that does not exist",
    "country: DK",
    "country: DX",
    "review.holidays.country",
    /no country has the code 'DX'/,
  ],
  [
    "a day that does not exist",
    "extra: []",
    'extra: ["2026-13-45"]',
    "review.holidays.extra[0]",
    /is not a day of the calendar/,
  ],
  [
    "a wait that outlives the credentials",
    /capture_wait_minutes: \d+/,
    "capture_wait_minutes: 600",
    "containment",
    /add up to/,
  ],
];

describe("a runbook with", () => {
  test.each(unsafe)("%s is refused, and told where", (_name, from, to, path, message) => {
    const { runbook, errors } = checkRunbook(own.replace(from, to), checkHolidays);
    expect(runbook).toBeUndefined();
    expect(errors).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })]);
    expect(errors[0]?.line).toBeGreaterThan(1);
  });

  test.each([
    ["name: aiconnectors-trail-{env}", "name: arn:aws:cloudtrail:eu-west-1:111122223333:trail/{env}-trail"],
    [
      "  signing:\n",
      "  timestamp_authorities: ['http://tsa.example', 'https://tsa.example/a@b']\n  signing:\n",
    ],
    [/vault: nn-aiconnectors-vault-\{env\}/, "vault: nn-aiconnectors-vault-dev"],
  ])("nothing but what is written in another way (%s) is taken", (from, to) => {
    expect(checkRunbook(own.replace(from, to)).errors).toEqual([]);
  });

  test("nothing of that kind is taken", () => {
    expect(checkRunbook(own, checkHolidays).errors).toEqual([]);
  });
});
