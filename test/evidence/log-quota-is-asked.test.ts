import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { logQuota } from "../../src/evidence/log-quota.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import type { Aws } from "../../src/ports.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

const quotas = (send: () => Promise<object>) => ({ ...platform.aws, quotas: { send } as Aws["quotas"] });

describe("the quota of GetLogEvents", () => {
  test("Service Quotas tells the account's rate, on whatever page, and the manifest says so", async () => {
    let asked = 0;
    const send = async () => {
      asked += 1;
      return asked === 1
        ? { Quotas: [{ QuotaName: "Log groups", Value: 1_000_000 }], NextToken: "more" }
        : { Quotas: [{ QuotaName: "GetLogEvents throttle limit in transactions per second", Value: 7 }] };
    };
    expect(await logQuota({ aws: quotas(send), target })).toEqual({ perSecond: 7, saidBy: "Service Quotas" });
    const { record } = await collectLogs(await platform.source());
    expect(record.quota).toEqual({ getLogEventsPerSecond: 25, saidBy: "Service Quotas" });
    expect(platform.operations("servicequotas")).toEqual(["ListServiceQuotas"]);
  });

  test("whoever may not ask reads at the region's published rate, and the manifest says why", async () => {
    const send = () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    const source = await platform.source();
    const { record } = await collectLogs({ ...source, aws: quotas(send) });
    expect(record).toMatchObject({
      status: "complete",
      quota: {
        getLogEventsPerSecond: 10,
        saidBy:
          "AWS's published default for eu-west-1; Service Quotas could not be asked: AccessDeniedException",
      },
    });
    const elsewhere = {
      aws: quotas(async () => ({ Quotas: [] })),
      target: { ...target, region: "eu-north-1" },
    };
    expect(await logQuota(elsewhere)).toMatchObject({ perSecond: 25 });
  });
});
