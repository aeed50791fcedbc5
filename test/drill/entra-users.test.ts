import { afterEach, describe, expect, test } from "@jest/globals";
import { createClock } from "../../drill/clock.ts";
import { GraphError } from "../../src/graph-error.ts";
import { USER_ID, user } from "../support/block-world.ts";
import { APPLICATION, type EntraPlatform, type EntraPlatformOptions, startEntra } from "../support/entra.ts";

/** The simulated users, asked by the real client. */

const ALL = ["User.Read.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"];
const PATH = `/v1.0/users/${USER_ID}`;
const FIELDS = `${PATH}?$select=accountEnabled,signInSessionsValidFromDateTime`;

let entra: EntraPlatform | undefined;
afterEach(() => entra?.close());

async function start(options: EntraPlatformOptions = {}) {
  entra = await startEntra([], {
    users: [user()],
    grants: ALL,
    clock: createClock({ speed: 20 }),
    ...options,
  });
  return { ...entra, client: entra.graph(APPLICATION), users: entra.server.users };
}

const disable = { accountEnabled: false };
const once = { repeatable: true };
const code = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof GraphError ? `${error.status} ${error.code}` : String(error)),
  );

describe("users of the simulated tenant", () => {
  test("are disabled with 204, and their sessions revoked", async () => {
    const { client, users } = await start();
    expect(await client.send("PATCH", PATH, disable, once)).toBeNull();
    expect(await client.send("POST", `${PATH}/revokeSignInSessions`, null, once)).toEqual({ value: true });
    const { signInSessionsValidFromDateTime, ...rest } = (await client.get(FIELDS)) as Record<string, string>;
    expect(rest).toEqual(disable);
    expect(Date.parse(signInSessionsValidFromDateTime ?? "")).toBeGreaterThan(user().signInSessionsValidFrom);
    expect(() => users.signIn(USER_ID, Date.now())).toThrow(/disabled/);
  });

  test("show few fields unless they are asked for, and none that there are not", async () => {
    const { client } = await start();
    expect(Object.keys((await client.get(PATH)) as object)).toEqual([
      "id",
      "userPrincipalName",
      "displayName",
    ]);
    expect(await code(client.get(`${PATH}?$select=accountEnabld`))).toBe("400 BadRequest");
  });

  test.each(["User.Read.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"])(
    "are closed to an application without %s",
    async (grant) => {
      const { client, users } = await start({ grants: ALL.filter((one) => one !== grant) });
      const calls = [
        await code(client.get(FIELDS)),
        await code(client.send("PATCH", PATH, disable, once)),
        await code(client.send("POST", `${PATH}/revokeSignInSessions`, null, once)),
      ];
      expect(calls.filter((one) => one === "403 Authorization_RequestDenied")).toHaveLength(1);
      expect(users.changes(USER_ID)).toBe(grant === "User.Read.All" ? 2 : 1);
    },
  );

  test("of an Active Directory cannot be disabled, and a guest's sessions go on", async () => {
    const synced = await start({ users: [user({ onPremisesSyncEnabled: true })] });
    expect(await code(synced.client.send("PATCH", PATH, disable, once))).toBe("400 Request_BadRequest");
    await synced.close();
    const { client, users } = await start({ users: [user({ userType: "Guest" })] });
    await client.send("POST", `${PATH}/revokeSignInSessions`, null, once);
    expect(users.changes(USER_ID)).toBe(0);
  });

  test("who are not there are not found", async () => {
    const { client } = await start();
    expect(await code(client.get("/v1.0/users/nobody@example.com"))).toBe("404 Request_ResourceNotFound");
  });

  test("are shown as they were for as long as the directory lags", async () => {
    const { client, users } = await start({ userLagMs: 3_600_000 });
    await client.send("PATCH", PATH, disable, once);
    expect(await client.get(FIELDS)).toMatchObject({ accountEnabled: true });
    expect(users.find(USER_ID)?.accountEnabled).toBe(false);
  });
});

describe("a change that Graph does not answer", () => {
  const operation = "users/update";

  test("is made again where doing it twice does what doing it once does", async () => {
    const rules = [
      { service: "entra", operation, kind: "drop" as const, rate: 1, limit: 1, lostAnswer: true },
    ];
    const { client, users } = await start({ rules });
    expect(await client.send("PATCH", PATH, disable, { repeatable: true })).toBeNull();
    expect(users.changes(USER_ID)).toBe(2);
  });

  test.each([
    ["is lost", "drop" as const, 0],
    ["fails in Graph", "server-error" as const, 503],
  ])("is not made again where it must not be: it %s", async (_how, kind, status) => {
    const { client, users, slept } = await start({ rules: [{ service: "entra", operation, kind, rate: 1 }] });
    const error = await client.send("PATCH", PATH, disable, { repeatable: false }).catch((cause) => cause);
    expect((error as GraphError).status).toBe(status);
    expect([users.changes(USER_ID), slept]).toEqual([0, []]);
  });

  test("is made again in either case after a 429, which says that it was not begun", async () => {
    const rules = [{ service: "entra", operation, kind: "throttle" as const, rate: 1, limit: 2 }];
    const { client, users, slept } = await start({ rules });
    await client.send("PATCH", PATH, disable, { repeatable: false });
    expect([users.changes(USER_ID), slept]).toEqual([1, [10_000, 10_000]]);
  });

  test("is made again, with another token, after a 401", async () => {
    const { client, server, users } = await start();
    await client.get(FIELDS);
    server.tokens.revokeAll();
    await client.send("PATCH", PATH, disable, { repeatable: false });
    expect(users.changes(USER_ID)).toBe(1);
  });
});
