import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import { collectSignIns } from "../../src/evidence/sources/entra-sign-in.ts";
import { readObject } from "../../src/vault/vault.ts";
import {
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

describe("the request for Entra's sign-in logs", () => {
  let platform: PreservePlatform;
  let asked: Parameters<SourceContext["request"]>[0][];
  beforeEach(async () => {
    platform = await startPreservePlatform();
    asked = [];
  });
  afterEach(() => platform.close());
  const source = async (): Promise<SourceContext> => ({
    ...(await platform.source()),
    request: async (request) => {
      asked.push(request);
      return request.request;
    },
  });

  test("says what, which application, which window in both time zones, what not to do, until when, and where to", async () => {
    const context = await source();
    const { record, items } = await collectSignIns(context);
    const text = String(await readObject(platform.vault, items[0]?.key ?? ""));
    expect(items[0]?.key).toBe("incidents/INC-42/captures/7001/entra/request.txt");
    for (const part of [
      "INC-42",
      "To: Identity team, Azure AD / NN IT (ServiceNow ticket for emergency token revocation)",
      "interactive user sign-ins",
      "non-interactive user sign-ins",
      "service principal sign-ins",
      "managed identity sign-ins",
      `"${target.application}"`,
      `${context.window.from.toISOString().slice(0, 19)}Z`,
      runbook.time_zone,
      "Format: JSON",
      "gh workflow run preserve.yml -f incident=42 -f environment=dev -f mcp=servicenow -f attach=s3://BUCKET/FOLDER/",
    ])
      expect(text).toContain(part);
    expect(asked).toEqual([
      {
        request: "entra-sign-in",
        source: "entra-sign-in",
        what: `Sign-in logs of ${target.application} in Microsoft Entra ID`,
        of: "Identity team, Azure AD / NN IT",
        text,
        deadline: record.request?.deadline,
        reference: null,
      },
    ]);
    const due = Date.parse(record.request?.deadline ?? "");
    expect(Math.round((due - context.window.to.getTime()) / 3_600_000)).toBe(120);
    expect(record).toMatchObject({ status: "requested", route: "request", gaps: [], note: null });
    expect(record.pending).toMatchObject([{ expectedBy: record.request?.deadline }]);
  });

  test("the runbook may give them longer", async () => {
    const context = await source();
    const evidence = { ...runbook.evidence, settle_hours: { "entra-sign-in": 200 } };
    const { record } = await collectSignIns({ ...context, runbook: { ...runbook, evidence } });
    const due = Date.parse(record.request?.deadline ?? "");
    expect(Math.round((due - context.window.to.getTime()) / 3_600_000)).toBe(200);
  });

  test("a run that continues another asks with the same words and the same deadline", async () => {
    const first = await collectSignIns(await source());
    await platform.clock.sleep(5000);
    const second = await collectSignIns(await source());
    expect(second.items.map(({ key, sha256 }) => [key, sha256])).toEqual(
      first.items.map(({ key, sha256 }) => [key, sha256]),
    );
    expect(second.record.request).toEqual(first.record.request);
    expect(asked[1]).toEqual(asked[0]);
  });

  test("a supplementary capture asks nobody again and goes on waiting", async () => {
    const context = await source();
    const first = await collectSignIns(context);
    const manifest = { incident: "INC-42", capture: "7001", sources: [first.record], items: first.items };
    const earlier = [{ capture: "7001", manifest } as unknown as SealedCapture];
    const second = await collectSignIns({ ...context, earlier });
    expect(second).toMatchObject({
      items: [],
      record: { status: "requested", request: first.record.request },
    });
    expect(asked).toHaveLength(1);
  });
});
