import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ManifestSource } from "../../../src/evidence/source-schema.ts";
import { collectParameter } from "../../../src/evidence/sources/ssm-parameter.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../../support/preserve-platform.ts";
import { captured, source } from "./sealed-captures.ts";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

/** What the source is given in a capture that adds to one which said `record` of it. */
async function adding(record: ManifestSource) {
  const own = await platform.source();
  const folder = "incidents/INC-42/captures/7001_7010/";
  const earlier = [captured("7001", 0, [record])];
  return { ...own, capture: "7001_7010", folder, present: new Set<string>(), earlier };
}

function write(): void {
  const modifiedBy = "arn:aws:iam::111122223333:user/other";
  platform.ssm.store.seed({ name: target.parameter, value: "third", modifiedBy });
}

describe("the parameter, in a capture that adds to another", () => {
  test("is labelled at the version that was documented, and documented no second time", async () => {
    const first = await collectParameter(await platform.source());
    const parameter = first.record.parameter && { ...first.record.parameter, label: null };
    write();
    const gaps = [{ what: "the label", why: "ThrottlingException" }];
    const { record, items } = await collectParameter(
      await adding({ ...first.record, status: "partial", gaps, parameter }),
    );
    expect(items).toEqual([]);
    expect(record).toMatchObject({ status: "complete", gaps: [], parameter: first.record.parameter ?? {} });
  });

  test("is documented when no capture had done so", async () => {
    const { record, items } = await collectParameter(
      await adding(source("ssm-parameter", { status: "failed" })),
    );
    expect(record).toMatchObject({ status: "complete", parameter: { version: 2, label: "INC-42-v2" } });
    expect(items.map(({ key }) => key)).toEqual([
      "incidents/INC-42/captures/7001_7010/ssm/__aiconnectors__dev__servicenow__azure-client-secret.json",
    ]);
  });

  test("that was written meanwhile is a gap: what it was then was documented by nobody", async () => {
    const context = await adding(source("ssm-parameter", { status: "failed" }));
    const to = context.clock.now();
    await context.clock.sleep(2_000);
    write();
    const { record } = await collectParameter({ ...context, window: { ...context.window, to } });
    expect(record).toMatchObject({
      status: "partial",
      parameter: { version: 3 },
      gaps: [
        {
          what: `${target.parameter} as it was at ${to.toISOString()}`,
          why: expect.stringContaining("when version 3 was written"),
        },
      ],
    });
  });
});
