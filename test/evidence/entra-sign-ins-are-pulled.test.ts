import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createClock } from "../../drill/clock.ts";
import { makeSignIns, type SignIn } from "../../drill/entra/sign-ins.ts";
import { createRandom } from "../../drill/random.ts";
import type { SourceContext } from "../../src/evidence/context.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import { collectSignIns } from "../../src/evidence/sources/entra-sign-in.ts";
import { readObject } from "../../src/vault/vault.ts";
import { APPLICATION, type EntraPlatform, type EntraPlatformOptions, startEntra } from "../support/entra.ts";
import {
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const HOUR_MS = 3_600_000;
const entra = {
  tenant: APPLICATION.tenant,
  client_id: APPLICATION.clientId,
  sign_in_logs: "graph" as const,
  users: "by-hand" as const,
};

describe("sign-ins from Microsoft Graph", () => {
  let platform: PreservePlatform;
  let tenant: EntraPlatform;
  let signIns: SignIn[];
  let asked: { request: string; text: string | null }[];
  beforeEach(async () => {
    platform = await startPreservePlatform();
    const now = platform.clock.now();
    signIns = makeSignIns(createRandom(5), {
      applications: [target.application, "somebody-elses"],
      count: 300,
      users: ["anna@example.com", "o'hara@example.com"],
      from: now - 30 * HOUR_MS,
      to: now - HOUR_MS,
    });
    asked = [];
  });
  afterEach(async () => {
    await tenant.close();
    await platform.close();
  });

  async function source(options: EntraPlatformOptions = {}): Promise<SourceContext> {
    tenant = await startEntra(signIns, { clock: platform.clock, pageSize: 20, ...options });
    const context = await platform.source();
    return {
      ...context,
      graph: tenant.graph,
      runbook: { ...runbook, entra },
      request: async (request) => {
        asked.push(request);
        return request.request;
      },
    };
  }
  const wanted = (context: SourceContext) =>
    signIns
      .filter((one) => [one.appDisplayName, one.resourceDisplayName].includes(target.application))
      .filter(({ createdAt }) => createdAt >= context.window.from.getTime())
      .map(({ id }) => id)
      .sort();
  const idsIn = async (key: string) =>
    gunzipSync((await readObject(platform.vault, key)) ?? Buffer.alloc(0))
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .sort();

  test("all four kinds, as client and as resource, page by page, each sign-in once", async () => {
    const context = await source();
    const { record, items } = await collectSignIns(context);
    const ids = wanted(context);
    expect(ids.length).toBeGreaterThan(200);
    expect(items).toHaveLength(1);
    expect(await idsIn(items[0]?.key ?? "")).toEqual(ids);
    expect(record).toMatchObject({
      status: "complete",
      route: "graph",
      expected: { signIns: ids.length, counted: "a second listing, of all kinds at once" },
      collected: { signIns: ids.length },
      request: null,
      note: null,
    });
    for (const kind of ["interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"])
      expect(record.collected[kind]).toBeGreaterThan(0);
    expect(tenant.paths().filter((path) => path.startsWith("/v1.0/")).length).toBeGreaterThan(1);
  });

  test("what Entra shows only later is pending, and a supplementary capture has it and nothing else", async () => {
    const clock = createClock({ speed: 20 });
    const context = await source();
    const late = signIns.filter(({ id }) => wanted(context).includes(id)).slice(0, 7);
    await tenant.close();
    tenant = await startEntra(
      signIns.filter((one) => !late.includes(one)),
      { clock },
    );
    const first = await collectSignIns({ ...context, graph: tenant.graph });
    expect(first.record.pending).toMatchObject([
      { expectedBy: new Date(context.window.to.getTime() + 2 * HOUR_MS).toISOString() },
    ]);
    await tenant.close();
    tenant = await startEntra(signIns, { clock });
    const manifest = { incident: "INC-42", capture: "7001", sources: [first.record], items: first.items };
    const folder = "incidents/INC-42/captures/7002/";
    const later = new Date(context.window.to.getTime() + 3 * HOUR_MS);
    const second = await collectSignIns({
      ...context,
      graph: tenant.graph,
      earlier: [{ capture: "7001", manifest } as unknown as SealedCapture],
      capture: "7002",
      folder,
      clock: { ...context.clock, now: () => later },
    });
    expect(await idsIn(second.items[0]?.key ?? "")).toEqual(late.map(({ id }) => id).sort());
    expect(second.record).toMatchObject({
      status: "complete",
      pending: [],
      collected: { signIns: wanted(context).length, inThisCapture: 7 },
    });
  });

  test("a run that continues another reads back what is there and writes nothing twice", async () => {
    const context = await source();
    const first = await collectSignIns(context);
    const again = await platform.source();
    const second = await collectSignIns({ ...context, present: again.present });
    expect(second.items).toEqual(first.items.map((item) => ({ ...item, collectedAt: expect.any(String) })));
    expect(second.record.collected.signIns).toBe(first.record.collected.signIns);
  });

  test("throttling, failures and lost connections change nothing but the time", async () => {
    const fault = { service: "entra", operation: "*", rate: 0.2 };
    const context = await source({
      pageSize: 100,
      rules: [
        { ...fault, kind: "throttle" },
        { ...fault, kind: "server-error" },
        { ...fault, kind: "drop" },
      ],
      clock: platform.clock,
    });
    const { record, items } = await collectSignIns({
      ...context,
      clock: { now: context.clock.now, sleep: async () => {} },
    });
    expect(record.status).toBe("complete");
    expect(await idsIn(items[0]?.key ?? "")).toEqual(wanted(context));
  });

  test("sign-ins of before Entra's memory are a gap", async () => {
    const context = await source();
    const from = new Date(platform.clock.now() - 40 * 24 * HOUR_MS);
    const { record } = await collectSignIns({ ...context, window: { from, to: context.window.to } });
    expect(record.status).toBe("partial");
    expect(record.gaps[0]?.what).toMatch(/^sign-ins of before /);
  });

  test.each<[string, EntraPlatformOptions, string]>([
    ["without the grant", { grants: [] }, "AuditLog.Read.All"],
    ["without a licence", { licensed: false }, "premium license"],
    ["without trust in the job", { subject: "repo:acme/other:ref:refs/heads/main" }, "AADSTS700213"],
  ])("%s people are asked instead, and the record says why without a gap", async (_name, options, why) => {
    const { record } = await collectSignIns(await source(options));
    expect(record).toMatchObject({ status: "requested", route: "request", gaps: [] });
    expect(record.note).toContain(why);
    expect(asked.map(({ request }) => request)).toEqual(["entra-sign-in"]);
  });
});
