import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkRunbook } from "../../src/runbook/check.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { ROOT } from "./sources.ts";

/** The organisation's incident-response document, row by row, against `runbook.yml`. */

const checked = checkRunbook(readFileSync(join(ROOT, "runbook.yml"), "utf8"));
if (!checked.runbook) throw new Error("runbook.yml has errors: run `npm run validate`");
const runbook: Runbook = checked.runbook;

/** Wording may differ in case and in code marks, in nothing else. */
const plain = (text: string) => text.replaceAll("`", "").toLowerCase();
const plainList = (list: readonly string[]) => list.map(plain);

describe("1. classification", () => {
  test.each([
    [
      "critical",
      "Critical",
      "Confirmed or highly suspected breach of confidentiality, integrity, or availability with significant impact",
      [
        "Confirmed credential compromise",
        "confirmed exfiltration of user data",
        "complete service outage affecting all MCPs",
        "audit log tampering detected",
      ],
    ],
    [
      "high",
      "High",
      "Strong indicators of a security incident; impact not yet confirmed",
      [
        "Sustained anomalous API access pattern",
        "OBO auth failures spike beyond normal",
        "unexpected SSM parameter access in CloudTrail",
        "unknown principal assuming IAM role",
      ],
    ],
    [
      "medium",
      "Medium",
      "Isolated anomaly or policy violation without confirmed breach",
      [
        "Single-user auth failure spike",
        "unexpected 4xx/5xx rate on one MCP",
        "failed intrusion attempt (blocked by security groups or IAM)",
        "Snyk finding in a deployed image",
      ],
    ],
    [
      "low",
      "Low",
      "Informational event warranting investigation but unlikely to indicate active threat",
      ["Single anomalous audit log entry", "unconfirmed alert", "routine security scanner finding"],
    ],
  ] as const)("%s", (id, name, criteria, examples) => {
    const severity = runbook.severities[id];
    expect(severity.name).toBe(name);
    expect(severity.criteria).toBe(criteria);
    expect(plainList(severity.examples)).toEqual(plainList(examples));
  });
});

describe("2. detection", () => {
  test("four alarms per mcp, published to the environment's topic", () => {
    expect(runbook.detection.alarms.topic).toBe("aiconnectors-alarms-{env}");
    expect(runbook.detection.alarms.definitions).toBe("logging-monitoring.md §7");
    const alarms = Object.values(runbook.detection.alarms.per_mcp);
    expect(alarms.map(({ name, indicators }) => [name, plainList(indicators)])).toEqual([
      ["Auth failures", ["credential compromise", "token replay attack"]],
      ["Error rate", ["application compromise", "dependency failure"]],
      ["HTTP 4xx spike", ["enumeration attack", "broken client integration"]],
      ["HTTP 5xx spike", ["service disruption", "crash under attack"]],
    ]);
  });

  test("five channels of manual detection", () => {
    const channels = Object.values(runbook.detection.manual);
    expect(channels.map(({ name, query, look_for }) => [name, plain(query), plainList(look_for)])).toEqual([
      [
        "Audit logs (S3)",
        expect.stringContaining("/check-audit-logs claude skill"),
        ["outcome=error spikes", "unexpected users", "off-hours activity", "high call volumes"],
      ],
      [
        "CloudWatch Logs",
        "aws console or aws logs filter-log-events",
        ["error entries", "obo failure messages", "unexpected request paths"],
      ],
      [
        "AWS CloudTrail",
        "aws console or athena",
        [
          "unexpected iam role assumptions",
          "ssm parameter reads outside startup",
          "s3 deleteobject attempts",
        ],
      ],
      [
        "GitHub Security tab",
        "github → security → code scanning alerts",
        ["secret scanning alerts", "snyk findings in deployed code"],
      ],
      [
        "AWS Security Hub / Config",
        "aws console",
        ["infrastructure compliance drift detected by aws security team"],
      ],
    ]);
  });

  test("three channels of external notification", () => {
    const [gso, signIns, users, ...more] = runbook.detection.external;
    expect(more).toEqual([]);
    expect(runbook.contacts[gso?.contact ?? ""]?.email).toBe("globalsecops@novonordisk.com");
    expect(plain(gso?.what ?? "")).toBe("may proactively notify the team of detected threats");
    expect(signIns?.from).toBe("Azure AD sign-in logs, managed by NN IT");
    expect(plain(signIns?.what ?? "")).toBe("may surface suspicious token activity");
    expect(plain(users?.what ?? "")).toBe(
      "may report unexpected data access or behaviour from an ai assistant using an mcp tool",
    );
  });
});

describe("3. escalation", () => {
  const steps = runbook.escalation.steps;
  const step = (name: string) => steps.find((one) => one.name === name);

  test("ten steps in their order", () => {
    expect(steps.map(({ name }) => name)).toEqual([
      "Detect",
      "Assess",
      "Report",
      "Escalate",
      "Contain",
      "Preserve evidence",
      "Investigate",
      "Remediate",
      "Notify data subjects / authority",
      "Review",
    ]);
  });

  test.each([
    ["Detect", "alert received, anomaly observed, or report received"],
    ["Assess", "determine severity"],
    ["Assess", "verify whether the event is a confirmed or suspected incident"],
    ["Report", "notify the it infrastructure manager and the ai connectors team immediately"],
    ["Escalate", "escalate to globalsecops@novonordisk.com without delay"],
    ["Contain", "take immediate containment action"],
    ["Preserve evidence", "before remediation, snapshot or export all relevant logs"],
    ["Investigate", "determine scope, root cause, and affected users and data"],
    ["Remediate", "apply fixes, rotate credentials, patch the vulnerability"],
    ["Notify data subjects / authority", "privacy-gdpr.md §5"],
    ["Review", "post-incident review within 5 business days"],
    ["Review", "update this document and controls as needed"],
  ])("%s: %s", (name, words) => {
    expect(plain(step(name)?.text ?? "")).toContain(words);
  });

  test("GSO from Medium upwards; the manager and the team always; data subjects when personal data is involved", () => {
    expect(step("Escalate")?.from).toBe("medium");
    expect(step("Review")?.from).toBe("medium");
    expect(step("Notify data subjects / authority")?.only_with_personal_data).toBe(true);
    expect(runbook.escalation.notify).toEqual([
      { contact: "it-infrastructure-manager", from: "low" },
      { team: "AI connectors team", topic: "aiconnectors-alarms-{env}", from: "low" },
      { contact: "global-security-operations", from: "medium" },
      { contact: "data-protection-officer", from: "low", only_with_personal_data: true },
    ]);
  });
});

describe("4. contacts", () => {
  test("six, two of them with an address, four still to be filled in", () => {
    const contacts = Object.values(runbook.contacts);
    expect(contacts.map(({ role, name, email, fill_in }) => [role, name, email ?? fill_in])).toEqual([
      ["Global Security Operations", "GSO", "globalsecops@novonordisk.com"],
      ["IT Infrastructure Owner", undefined, "name and email"],
      ["IT Infrastructure Manager", undefined, "name and email"],
      ["Data Protection Officer", "DPO", "dataprotection@novonordisk.com"],
      ["AWS Security team", "AWS account contacts", "contact via NN IT ServiceNow"],
      ["Azure AD / NN IT", "Identity team", "ServiceNow ticket for emergency token revocation"],
    ]);
    expect(checked.warnings.map(({ path }) => path)).toEqual([
      "contacts.it-infrastructure-owner.fill_in",
      "contacts.it-infrastructure-manager.fill_in",
      "contacts.aws-security.fill_in",
      "contacts.identity-team.fill_in",
    ]);
  });
});

describe("5. containment by incident type", () => {
  test("six types", () => {
    expect(Object.values(runbook.incident_types).map(({ name }) => name)).toEqual([
      "Azure AD client secret compromised",
      "Compromised user account",
      "Unauthorized IAM role use",
      "Suspected data exfiltration via MCP tool",
      "Audit log tampering attempt",
      "Service outage (suspected attack)",
    ]);
  });

  /** All that the play of a type says, in one text. */
  function play(type: string): string {
    const { automatic = [], manual = [] } = runbook.incident_types[type] ?? {};
    return plain([...automatic, ...manual].map(({ text }) => text).join(" "));
  }

  test.each([
    ["client-secret-compromised", "immediately disable the secret in azure ad (portal, no servicenow"],
    ["client-secret-compromised", "to generate a new secret and update ssm"],
    ["client-secret-compromised", "force an ecs redeployment"],
    ["user-account-compromised", "coordinate with nn it to disable the user's azure ad account"],
    ["user-account-compromised", "immediately invalidates all their active tokens"],
    ["user-account-compromised", "cached obo tokens expire naturally within about 1 hour"],
    ["iam-role-unauthorized-use", "revoke the role's trust policy or session credentials via aws iam"],
    ["iam-role-unauthorized-use", "investigate cloudtrail for scope"],
    ["data-exfiltration", "block the specific user's azure ad account"],
    ["data-exfiltration", "review the audit logs for all their recent tool calls"],
    ["data-exfiltration", "check the downstream data sources for any downstream effects"],
    ["audit-log-tampering", "the s3 bucket policy denies deleteobject for all principals"],
    ["audit-log-tampering", "confirm via cloudtrail that no records were deleted"],
    ["audit-log-tampering", "if the bucket policy itself was modified, treat the incident as critical"],
    ["service-outage", "scale the ecs service to 0 tasks to stop serving traffic while investigating"],
    ["service-outage", "restore the service once the root cause is confirmed"],
  ])("%s: %s", (type, words) => {
    expect(play(type)).toContain(words);
  });

  test("a compromised secret is disabled before it is rotated with terragrunt apply in the mcp's folder", () => {
    const type = runbook.incident_types["client-secret-compromised"];
    expect(type?.automatic.map(({ action }) => action)).toEqual(["rotate-secret"]);
    expect(type?.manual.find(({ id }) => id === "disable-secret")?.before_automatic).toBe(true);
    expect(runbook.rotation).toMatchObject({ strategy: "terragrunt", token_lifetime_minutes: 90 });
    expect("command" in runbook.rotation && runbook.rotation.command.slice(0, 2)).toEqual([
      "terragrunt",
      "apply",
    ]);
    expect(runbook.naming.folder).toBe("infra/initial/mcps/{name}/");
  });

  test("a service under attack is scaled down", () => {
    expect(runbook.incident_types["service-outage"]?.automatic.map(({ action }) => action)).toEqual([
      "scale-down",
    ]);
  });
});

describe("6. evidence", () => {
  test("five sources", () => {
    const sources = Object.values(runbook.evidence.sources);
    expect(sources.map(({ name, notes }) => [name, plain(notes)])).toEqual([
      [
        "Audit logs (S3)",
        expect.stringContaining("bucket policy denies deletion; records are tamper-resistant by design"),
      ],
      [
        "CloudWatch Logs",
        "capture the relevant time window before any ecs redeployment clears the running instance",
      ],
      ["AWS CloudTrail", "covers all aws api calls; critical for tracking iam and ssm access"],
      ["Azure AD sign-in logs", "shows token issuances and obo exchanges for the period"],
      ["GitHub Actions logs", "ci/cd activity at the time of the incident"],
    ]);
  });

  test.each([
    ["audit-logs", "ndjson objects"],
    ["cloudwatch-logs", "aws logs create-export-task"],
    ["cloudtrail", "cloudtrail console or the s3 trail"],
    ["entra-sign-in", "azure ad portal → sign-in logs"],
    ["github-actions", "github actions ui for any relevant workflow runs"],
  ])("%s is exported by: %s", (source, words) => {
    expect(plain(runbook.evidence.sources[source]?.export ?? "")).toContain(words);
  });

  test("the audit bucket has its name in every environment", () => {
    for (const environment of Object.keys(runbook.environments)) {
      const [mcp = ""] = runbook.environments[environment]?.mcps ?? [];
      expect(resolveTarget(runbook, environment, mcp).auditBucket).toBe(
        `nn-aiconnectors-audit-${environment}`,
      );
    }
  });

  test("four preservation rules", () => {
    const rules = runbook.evidence.rules.map(({ text }) => plain(text));
    expect(rules).toEqual([
      expect.stringContaining(
        "do not force-redeploy ecs tasks until the cloudwatch logs for the current task have been exported",
      ),
      expect.stringContaining(
        "do not modify ssm parameters until the compromised parameter value is documented",
      ),
      expect.stringContaining("do not delete cloudtrail events or cloudwatch log streams"),
      "label preserved evidence with the incident date, description, and the name of the person who exported it",
    ]);
  });
});

test("7. review: Medium and above, within 5 business days, in its folder, with its six columns", () => {
  expect(runbook.review).toMatchObject({
    from: "medium",
    business_days: 5,
    folder: "docs/compliance/incident-reviews/",
    columns: ["Date", "Incident summary", "Severity", "Root cause", "Actions taken", "Process improvements"],
  });
});
