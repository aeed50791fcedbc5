import { expect, test } from "@jest/globals";
import { IntakeWorld } from "../support/intake-world.ts";

function codeAlert(
  number: number,
  changes: { level?: string | null; at?: string; path?: string } = {},
): object {
  const { level = "high", at = "2026-11-21T02:40:00Z", path = "src/server.ts" } = changes;
  return {
    number,
    created_at: at,
    html_url: `https://github.example/acme/platform/security/code-scanning/${number}`,
    rule: {
      id: "js/sql-injection",
      description: "Database query built from user input",
      security_severity_level: level,
    },
    tool: { name: "CodeQL" },
    most_recent_instance: {
      location: { path, start_line: 12 },
      message: { text: "This query depends on a user." },
    },
  };
}

const SECRET = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
function secretAlert(number: number): object {
  return {
    number,
    created_at: "2026-11-21T02:50:00Z",
    html_url: `https://github.example/acme/platform/security/secret-scanning/${number}`,
    secret_type: "azure_ad_client_secret",
    secret_type_display_name: "Azure AD client secret",
    // What GitHub would answer if it were not asked to hide it.
    secret: SECRET,
    validity: "active",
    first_location_detected: { path: "infra/initial/mcps/sharepoint/main.tf", start_line: 3 },
  };
}

test("a code scanning alert declares; polled again, it does not", async () => {
  const world = new IntakeWorld();
  world.alerts.code = [codeAlert(7)];
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "1" });
  expect(world.dispatched).toMatchObject([
    {
      severity: "Medium",
      type: "client-secret-compromised",
      mcp: "servicenow",
      signal: "manual/github-security/00000001",
    },
  ]);
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "0", "taken-up": "0" });
  await world.declare(world.dispatched[0] ?? {});
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "0" });
  expect(world.dispatched).toHaveLength(1);
});

test("several alerts of one poll make one incident", async () => {
  const world = new IntakeWorld();
  world.alerts.code = [codeAlert(9), codeAlert(8), codeAlert(7)];
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "3" });
  expect(world.dispatched).toHaveLength(1);
  const number = await world.declare(world.dispatched[0] ?? {});
  expect(await world.seen(number ?? 0)).toEqual([false, true, true]);
});

test.each([
  ["below the runbook's level", codeAlert(7, { level: "medium" })],
  ["about no security", codeAlert(7, { level: null })],
  ["older than a week", codeAlert(7, { at: "2026-11-10T02:40:00Z" })],
])("an alert %s declares nothing", async (_what, alert) => {
  const world = new IntakeWorld();
  world.alerts.code = [alert];
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "0" });
  expect(world.dispatched).toEqual([]);
});

test("a file in an mcp's folder says which mcp it is about", async () => {
  const world = new IntakeWorld();
  world.alerts.code = [codeAlert(7, { path: "infra/initial/mcps/databricks/main.tf" })];
  await world.receive("schedule", {});
  expect(world.dispatched[0]).toMatchObject({ mcp: "databricks", environment: "prod" });
});

test("secret scanning is polled by the runbook's token, and no secret is ever shown or kept", async () => {
  const world = new IntakeWorld();
  const { intake } = world.runbook;
  if (!intake) throw new Error("the runbook has no intake");
  const template = "/firebreak/{env}/github/secret-scanning";
  world.parameters.set("/firebreak/prod/github/secret-scanning", "github_pat_reader");
  world.alerts.secret = [secretAlert(3)];
  const { lookAround } = await import("../../src/actions/receive-indicator/schedule.ts");
  const runbook = { ...world.runbook, intake: { ...intake, secret_scanning_token: template } };
  const inputs = {
    source: "schedule" as const,
    environment: "prod",
    runbook: "",
    githubToken: "",
    dryRun: false,
  };
  await lookAround(inputs, world.deps(), runbook);
  expect(world.masked).toEqual(["github_pat_reader"]);
  expect(world.secretToken).toBe("github_pat_reader");
  expect(world.dispatched[0]).toMatchObject({ mcp: "sharepoint", type: "client-secret-compromised" });
  const everything = [...world.s3.objects.values(), ...world.printed, ...world.summaries]
    .map(String)
    .join("\n");
  expect(everything).toContain("Azure AD client secret");
  expect(everything).not.toContain(SECRET);
});

test("what is switched off is said, and fails nothing", async () => {
  const world = new IntakeWorld();
  world.alerts.code = 403;
  expect(await world.receive("schedule", {})).toMatchObject({ taken: "0" });
  expect(world.printed.join("\n")).toMatch(/Code scanning is not polled: GitHub answers 403/);
  expect(world.printed.join("\n")).toMatch(/Secret scanning is not polled: the runbook names no/);
});
