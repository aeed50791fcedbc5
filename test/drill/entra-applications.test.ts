import { afterEach, describe, expect, test } from "@jest/globals";
import { createClock } from "../../drill/clock.ts";
import type { FaultRule } from "../../drill/contracts.ts";
import type { PasswordCredential } from "../../drill/entra/applications.ts";
import { GraphError } from "../../src/graph-error.ts";
import { APPLICATION, type EntraPlatform, startEntra } from "../support/entra.ts";

const APP = { id: "cccccccc-1111-4222-8333-dddddddddddd", appId: "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb" };
const KEY = "00000000-aaaa-4bbb-8ccc-000000000001";
const DAY_MS = 86_400_000;
const OWNED = ["Application.ReadWrite.OwnedBy"];

let entra: EntraPlatform;
let now = 0;
const clock = { ...createClock({ speed: 1000 }), now: () => now };
afterEach(() => entra.close());

async function start(
  options: { grants?: string[]; owners?: string[]; rules?: FaultRule[]; propagationMs?: number } = {},
  changes: Partial<PasswordCredential> = {},
): Promise<void> {
  const { grants = OWNED, owners = [APPLICATION.clientId], rules = [], propagationMs = 0 } = options;
  now = Date.parse("2026-11-21T03:00:00Z");
  const credentials = [
    {
      ...{ keyId: KEY, displayName: "it's", hint: "abc", start: now - DAY_MS, end: now + DAY_MS },
      ...{ secret: "abc8Q~secret", ...changes },
    },
  ];
  entra = await startEntra([], {
    clock,
    grants,
    rules,
    propagationMs,
    secretApplications: [{ tenant: APPLICATION.tenant, ...APP, displayName: "it's", owners, credentials }],
  });
}

const graph = () => entra.graph(APPLICATION);
const signIn = (secret: string) =>
  entra.graph({ tenant: APPLICATION.tenant, clientId: APP.appId }).trySecret(secret);
const list = (name = "it''s") =>
  graph().get(`/v1.0/applications?${new URLSearchParams({ $filter: `displayName eq '${name}'` })}`);
const post = (what: string, body: object) =>
  graph().send("POST", `/v1.0/applications/${APP.id}/${what}`, body, { repeatable: false });

async function refusal(work: Promise<unknown>): Promise<[number, string]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GraphError)) throw new Error(`not refused by Graph: ${String(error)}`);
  return [error.status, error.code];
}

describe("applications of the simulated tenant", () => {
  test("are listed by display name, secrets without their text", async () => {
    await start({ grants: ["Application.Read.All"] });
    const { value } = (await list()) as { value: { passwordCredentials: object[] }[] };
    expect(value).toMatchObject([{ ...APP, passwordCredentials: [{ keyId: KEY, hint: "abc" }] }]);
    expect(JSON.stringify(value)).not.toContain("abc8Q~");
    expect(await list("another")).toEqual({ value: [] });
  });

  test("a secret is made, its text given once, and works as soon as it is known; a removed one no longer", async () => {
    await start({ propagationMs: 3_000 });
    const end = new Date(now + DAY_MS).toISOString();
    const body = { passwordCredential: { displayName: "new", endDateTime: end } };
    const added = (await post("addPassword", body)) as { secretText: string; keyId: string; hint: string };
    expect(added).toMatchObject({ displayName: "new", hint: added.secretText.slice(0, 3) });
    expect(await signIn(added.secretText)).toMatchObject({ accepted: false, code: "AADSTS7000215" });
    await post("removePassword", { keyId: KEY });
    expect(await refusal(post("removePassword", { keyId: KEY }))).toEqual([400, "Request_BadRequest"]);
    expect(await signIn("abc8Q~secret")).toEqual({ accepted: true });
    now += 3_000;
    expect(await signIn(added.secretText)).toEqual({ accepted: true });
    expect(await signIn("abc8Q~secret")).toMatchObject({ accepted: false, code: "AADSTS7000215" });
    expect(entra.calls.all().map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(["applications/addPassword", "applications/removePassword", "token"]),
    );
    expect(entra.masked).toEqual(expect.arrayContaining([added.secretText, "abc8Q~secret"]));
  });

  test("an expired secret is refused as such, a wrong one as none", async () => {
    await start({}, { end: Date.parse("2026-11-20T00:00:00Z") });
    expect(await signIn("abc8Q~secret")).toMatchObject({ code: "AADSTS7000222" });
    expect(await signIn("abc8Q~other")).toMatchObject({ code: "AADSTS7000215" });
  });

  test("are changed by their owners alone, and listed with a grant alone", async () => {
    await start({ owners: [] });
    expect(await refusal(post("removePassword", { keyId: KEY }))).toEqual([
      403,
      "Authorization_RequestDenied",
    ]);
    await entra.close();
    await start({ grants: ["AuditLog.Read.All"] });
    expect(await refusal(list())).toEqual([403, "Authorization_RequestDenied"]);
    expect(await refusal(post("addPassword", {}))).toEqual([403, "Authorization_RequestDenied"]);
  });

  test("an answer that is lost has taken effect, and addPassword is not asked twice", async () => {
    const drop = { service: "entra", operation: "applications/addPassword", kind: "drop" as const, rate: 1 };
    await start({ rules: [{ ...drop, lostAnswer: true, limit: 1 }] });
    expect((await refusal(post("addPassword", { passwordCredential: { displayName: "x" } })))[0]).toBe(0);
    const { value } = (await list()) as { value: { passwordCredentials: { displayName: string }[] }[] };
    expect(value[0]?.passwordCredentials.map(({ displayName }) => displayName)).toEqual(["it's", "x"]);
  });

  test("a token endpoint that is throttled is asked again", async () => {
    await start({ rules: [{ service: "entra", operation: "token", kind: "throttle", rate: 1, limit: 1 }] });
    expect(await signIn("abc8Q~secret")).toEqual({ accepted: true });
  });
});
