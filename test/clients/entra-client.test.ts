import { afterEach, describe, expect, test } from "@jest/globals";
import type { SimClock } from "../../drill/contracts.ts";
import { microsoftCloud } from "../../src/clients/microsoft-cloud.ts";
import { GraphError } from "../../src/graph-error.ts";
import { APPLICATION, type EntraPlatform, type EntraPlatformOptions, startEntra } from "../support/entra.ts";

/** Real time, but for the leaps that a test makes. */
class JumpingClock implements SimClock {
  readonly speed = 1;
  #ahead = 0;
  now = () => Date.now() + this.#ahead;
  sleep = async (ms: number) => {
    this.#ahead += ms;
  };
  after = () => () => {};
}

const LIST = "/v1.0/auditLogs/signIns?$top=1";

describe("Microsoft Graph by workload identity federation", () => {
  let entra: EntraPlatform | undefined;
  afterEach(() => entra?.close());
  const start = async (options: EntraPlatformOptions = {}) => {
    entra = await startEntra([], options);
    return { ...entra, client: entra.graph(APPLICATION) };
  };
  /** What a call is refused with. */
  const refusal = async (call: Promise<unknown>): Promise<GraphError> => {
    const error = await call.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (error instanceof GraphError) return error;
    throw new Error("it was not refused");
  };

  test("exchanges the job's token once, and masks both tokens before they are used", async () => {
    const { client, calls, masked } = await start();
    await client.get(LIST);
    await client.get(LIST);
    expect(calls.all().map(({ operation }) => operation)).toEqual([
      "token",
      "auditLogs/listSignIns",
      "auditLogs/listSignIns",
    ]);
    expect(masked).toHaveLength(2);
    expect(masked[0]).toMatch(/^ey/);
    expect(masked[1]).toMatch(/^drill\./);
  });

  test("fetches another token when the old one runs out, and once when it is refused", async () => {
    const clock = new JumpingClock();
    const { client, calls, server } = await start({ clock });
    await client.get(LIST);
    await clock.sleep(58 * 60_000);
    await client.get(LIST);
    server.tokens.revokeAll();
    await client.get(LIST);
    expect(calls.all().filter(({ operation }) => operation === "token")).toHaveLength(3);
  });

  test("waits as long as Retry-After says, and asks again after failures that pass", async () => {
    const fault = { service: "entra", operation: "auditLogs/listSignIns", rate: 1, limit: 1 };
    const { client, slept } = await start({
      rules: [
        { ...fault, kind: "throttle" },
        { ...fault, kind: "server-error" },
        { ...fault, kind: "drop" },
      ],
    });
    await client.get(LIST);
    expect(slept[0]).toBe(10_000);
    expect(slept).toHaveLength(3);
  });

  test("gives up when Graph stays busy, and that is no refusal", async () => {
    const { client } = await start({
      rules: [{ service: "entra", operation: "auditLogs/listSignIns", kind: "throttle", rate: 1 }],
    });
    expect(await refusal(client.get(LIST))).toMatchObject({ status: 429, refused: false });
  });

  test("an application without the grant is refused, with Graph's own code", async () => {
    const { client, calls } = await start({ grants: [] });
    expect(await refusal(client.get(LIST))).toMatchObject({
      status: 403,
      code: "Authentication_MSGraphPermissionMissing",
      refused: true,
    });
    expect(calls.all()).toHaveLength(2);
  });

  test("a job whose subject the application does not trust is refused, and no error holds its token", async () => {
    const { client, masked } = await start({ subject: "repo:mallory/fork:ref:refs/heads/main" });
    const error = await refusal(client.get(LIST));
    expect(error).toMatchObject({ status: 401, code: "AADSTS700213", refused: true });
    for (const secret of masked) expect(error.message).not.toContain(secret);
  });

  test("a link to another host is not followed: the token would go there", async () => {
    const { client, calls } = await start();
    await expect(client.get("http://127.0.0.1:9/v1.0/auditLogs/signIns")).rejects.toThrow(
      /link to 127.0.0.1:9/,
    );
    expect(calls.all()).toEqual([]);
  });
});

describe("the Microsoft cloud", () => {
  test.each([
    [undefined, "https://login.microsoftonline.com", "https://graph.microsoft.com"],
    ["https://login.microsoftonline.us/", "https://login.microsoftonline.us", "https://graph.microsoft.us"],
    ["login.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"],
  ])("of AZURE_AUTHORITY_HOST %p has its own Graph", (host, authority, graph) => {
    expect(microsoftCloud(host)).toEqual({ authority, graph });
  });

  test.each([["http://login.example.com"], ["https://login.example.com"], ["ftp://x"]])(
    "%s alone is refused",
    (host) => {
      expect(() => microsoftCloud(host)).toThrow(/AZURE_AUTHORITY_HOST/);
    },
  );
});
