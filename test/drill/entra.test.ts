import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { CallLog } from "../../drill/calls.ts";
import { createClock } from "../../drill/clock.ts";
import { createEntra, type EntraOptions, type SimulatedEntra } from "../../drill/entra/server.ts";
import type { SignIn, SignInKind } from "../../drill/entra/sign-ins.ts";
import { OidcIssuer } from "../../drill/oidc.ts";

const TENANT = "example.onmicrosoft.com";
const CLIENT = "client";
const SUBJECT = "repo:acme/platform:ref:refs/heads/main";
const NOW = Date.parse("2026-11-21T03:00:00Z");

describe("the simulated Entra", () => {
  let entra: SimulatedEntra;
  const oidc = new OidcIssuer();
  const clock = { ...createClock({ speed: 1 }), now: () => NOW };
  const signIn = (id: string, kind: SignInKind, minutesAgo: number, app = "app"): SignIn => ({
    id,
    kind,
    createdAt: NOW - minutesAgo * 60_000,
    appDisplayName: app,
    appId: "a",
    resourceDisplayName: "Graph",
    user: null,
    ipAddress: "192.0.2.1",
    errorCode: 0,
  });
  const start = async (options: Partial<EntraOptions> = {}) => {
    entra = await createEntra({
      clock,
      calls: new CallLog(),
      oidc,
      application: { tenant: TENANT, clientId: CLIENT, subjects: [SUBJECT], grants: ["AuditLog.Read.All"] },
      signIns: [
        signIn("i1", "interactiveUser", 30),
        signIn("i2", "interactiveUser", 20, "it's"),
        signIn("n1", "nonInteractiveUser", 10),
        signIn("s1", "servicePrincipal", 5),
      ],
      ...options,
    });
  };
  beforeEach(() => start());
  afterEach(() => entra.close());

  const form = (changes: Record<string, string> = {}) => ({
    grant_type: "client_credentials",
    client_id: CLIENT,
    scope: `${entra.url}/.default`,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: oidc.mint({ aud: "api://AzureADTokenExchange", sub: SUBJECT }, NOW),
    ...changes,
  });
  const token = async (changes: Record<string, string> = {}, tenant = TENANT) => {
    const body = new URLSearchParams(form(changes));
    const answer = await fetch(`${entra.url}/${tenant}/oauth2/v2.0/token`, { method: "POST", body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const get = async (path: string, bearer?: string) => {
    const authorization = bearer ?? `Bearer ${String((await token()).body.access_token)}`;
    const answer = await fetch(new URL(path, entra.url), { headers: { authorization } });
    const body = (await answer.json()) as { value?: { id: string }[]; error?: { code: string } };
    return { status: answer.status, ids: body.value?.map(({ id }) => id), body };
  };
  const list = (version: string, filter: string) =>
    get(`/${version}/auditLogs/signIns?$filter=${encodeURIComponent(filter)}`);

  test.each<[string, Record<string, string>, string, number]>([
    ["another tenant", {}, "elsewhere", 90_002],
    ["another application", { client_id: "x" }, TENANT, 700_016],
    ["another scope", { scope: "https://graph.microsoft.com/.default" }, TENANT, 70_011],
    ["a secret in place of an assertion", { client_assertion_type: "" }, TENANT, 7_000_218],
    ["an unsigned assertion", { client_assertion: "a.b.c" }, TENANT, 50_027],
    [
      "an expired assertion",
      { client_assertion: oidc.mint({ aud: "api://AzureADTokenExchange", sub: SUBJECT }, NOW - 3_600_000) },
      TENANT,
      700_024,
    ],
    [
      "another audience",
      { client_assertion: oidc.mint({ aud: "sts.amazonaws.com", sub: SUBJECT }, NOW) },
      TENANT,
      700_212,
    ],
    [
      "another subject",
      { client_assertion: oidc.mint({ aud: "api://AzureADTokenExchange", sub: `${SUBJECT}x` }, NOW) },
      TENANT,
      700_213,
    ],
  ])("gives no token for %s", async (_name, changes, tenant, number) => {
    const { status, body } = await token(changes, tenant);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.error_codes).toEqual([number]);
  });

  test("v1.0 has people at a screen only; beta has the kinds that the filter names", async () => {
    expect((await get("/v1.0/auditLogs/signIns")).ids).toEqual(["i2", "i1"]);
    expect((await get("/beta/auditLogs/signIns")).ids).toEqual(["i2", "i1"]);
    const kinds = "signInEventTypes/any(t: t eq 'servicePrincipal' or t eq 'nonInteractiveUser')";
    expect((await list("beta", kinds)).ids).toEqual(["s1", "n1"]);
    expect((await list("v1.0", kinds)).status).toBe(400);
  });

  test("filters by time, both ends included, and by name with quotes in it", async () => {
    const window = "createdDateTime ge 2026-11-21T02:30:00Z and createdDateTime le 2026-11-21T02:30:00Z";
    expect((await list("v1.0", window)).ids).toEqual(["i1"]);
    expect((await list("v1.0", "appDisplayName eq 'it''s'")).ids).toEqual(["i2"]);
    expect((await list("v1.0", "isInteractive eq true")).status).toBe(400);
  });

  test("pages lead on by links, and options that the list does not take are refused", async () => {
    const first = await get("/v1.0/auditLogs/signIns?$top=1");
    const link = (first.body as { "@odata.nextLink"?: string })["@odata.nextLink"] ?? "";
    const second = await get(link);
    expect([first.ids, second.ids]).toEqual([["i2"], ["i1"]]);
    expect(second.body).not.toHaveProperty(["@odata.nextLink"]);
    expect((await get("/v1.0/auditLogs/signIns?$count=true")).status).toBe(400);
    expect((await get("/v1.0/auditLogs/signIns?$top=1001")).status).toBe(400);
    expect((await get("/v1.0/users")).status).toBe(501);
  });

  test("a sign-in shows only after its delay", async () => {
    await entra.close();
    await start({ delayMs: 25 * 60_000 });
    expect((await get("/v1.0/auditLogs/signIns")).ids).toEqual(["i1"]);
  });

  test("without a token, a grant or a licence there are no sign-ins", async () => {
    expect(await get("/v1.0/auditLogs/signIns", "Bearer nonsense")).toMatchObject({
      status: 401,
      body: { error: { code: "InvalidAuthenticationToken" } },
    });
    await entra.close();
    await start({ licensed: false });
    expect((await get("/v1.0/auditLogs/signIns")).body.error?.code).toBe(
      "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    );
    await entra.close();
    await start({ application: { tenant: TENANT, clientId: CLIENT, subjects: [SUBJECT], grants: [] } });
    expect((await get("/v1.0/auditLogs/signIns")).body.error?.code).toBe(
      "Authentication_MSGraphPermissionMissing",
    );
  });
});
