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
function secretAlert(number: number, validity = "active"): object {
  return {
    number,
    created_at: "2026-11-21T02:50:00Z",
    html_url: `https://github.example/acme/platform/security/secret-scanning/${number}`,
    secret_type: "azure_ad_client_secret",
    secret_type_display_name: "Azure AD client secret",
    // What GitHub would answer if it were not asked to hide it.
    secret: SECRET,
    validity,
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
      type: "service-outage",
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

/** What the schedule does with these alerts, and a token to read them by. */
async function poll(world: IntakeWorld, changes: object = {}): Promise<unknown> {
  const { intake } = world.runbook;
  if (!intake) throw new Error("the runbook has no intake");
  const secret_scanning_token = "/firebreak/{env}/github/secret-scanning";
  world.parameters.set("/firebreak/prod/github/secret-scanning", "github_pat_reader");
  const runbook = { ...world.runbook, intake: { ...intake, secret_scanning_token, ...changes } };
  const { lookAround } = await import("../../src/actions/receive-indicator/schedule.ts");
  const source = "schedule" as const;
  const inputs = {
    source,
    environment: "prod",
    runbook: "",
    githubToken: "",
    dryRun: false,
    named: undefined,
  };
  return lookAround(inputs, world.deps(), runbook);
}

test.each([
  ["a secret that works", "active", "Critical"],
  ["one that no longer works", "inactive", "High"],
  ["one of which nobody knows", "unknown", "High"],
])("%s is proposed as the classification has it", async (_what, validity, severity) => {
  const world = new IntakeWorld();
  world.alerts.secret = [secretAlert(3, validity)];
  await poll(world);
  expect(world.dispatched).toMatchObject([{ severity, type: "client-secret-compromised" }]);
});

test("by one row for all alerts a secret that works is Critical, too", async () => {
  const world = new IntakeWorld();
  world.alerts.secret = [secretAlert(3), secretAlert(4, "unknown")];
  world.alerts.code = [codeAlert(7)];
  await poll(world, { alerts: "github-security" });
  expect(world.dispatched).toMatchObject([
    { severity: "Medium", mcp: "servicenow" },
    { severity: "Critical", mcp: "sharepoint" },
  ]);
});

test("a secret that works joins no incident of less, and nothing of another type; what asks for less joins it", async () => {
  const world = new IntakeWorld();
  world.alerts.code = [codeAlert(7, { path: "infra/initial/mcps/sharepoint/main.tf" })];
  await poll(world);
  await world.declare(world.dispatched[0] ?? {});
  world.alerts.secret = [secretAlert(3, "unknown")];
  await poll(world);
  await world.declare(world.dispatched[1] ?? {});
  world.alerts.secret = [secretAlert(4)];
  await poll(world);
  const number = await world.declare(world.dispatched[2] ?? {});
  world.alerts.secret = [secretAlert(5, "unknown")];
  await poll(world);
  expect(world.dispatched.map(({ severity, type }) => `${severity} ${type}`)).toEqual([
    "Medium service-outage",
    "High client-secret-compromised",
    "Critical client-secret-compromised",
  ]);
  expect(await world.seen(number ?? 0)).toEqual([false, true]);
});

test.each([
  [
    "a token that has expired",
    401,
    /Secret scanning is not polled: GitHub answers 401, .*is renewed in the parameter/,
  ],
  ["a scanner in trouble", 500, /Secret scanning is not polled: GitHub answers 500/],
])("%s fails the job, and code scanning is polled all the same", async (_what, status, message) => {
  const world = new IntakeWorld();
  world.alerts.secret = status;
  world.alerts.code = [codeAlert(7)];
  await expect(poll(world)).rejects.toThrow(message);
  expect(world.dispatched).toHaveLength(1);
});

test("so does a parameter without a token", async () => {
  const world = new IntakeWorld();
  world.alerts.code = [codeAlert(7)];
  await expect(poll(world, { secret_scanning_token: "/firebreak/{env}/empty" })).rejects.toThrow(
    /parameter \/firebreak\/prod\/empty is empty/,
  );
  expect(world.dispatched).toHaveLength(1);
});

test("secret scanning is polled by the runbook's token, and no secret is ever shown or kept", async () => {
  const world = new IntakeWorld();
  world.alerts.secret = [secretAlert(3)];
  await poll(world);
  expect(world.masked).toEqual(["github_pat_reader"]);
  expect(world.secretToken).toBe("github_pat_reader");
  expect(world.dispatched[0]).toMatchObject({
    mcp: "sharepoint",
    type: "client-secret-compromised",
    severity: "Critical",
  });
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
