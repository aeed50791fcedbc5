import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { matchesFingerprint } from "../../src/evidence/fingerprint.ts";
import { collectParameter } from "../../src/evidence/sources/ssm-parameter.ts";
import { readObject } from "../../src/vault/vault.ts";
import {
  type PreservePlatform,
  SECRET,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const KEY = "incidents/INC-42/captures/7001/ssm/__aiconnectors__dev__servicenow__azure-client-secret.json";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

const labelsOf = (version: number) =>
  platform.ssm.store.find(target.parameter)?.versions.find((one) => one.version === version)?.labels;

describe("the source ssm-parameter", () => {
  test("documents version, date, author and a fingerprint, labels the version, and stores no value", async () => {
    const { record, items } = await collectParameter(await platform.source());
    expect(record).toMatchObject({
      status: "complete",
      parameter: {
        name: target.parameter,
        version: 2,
        label: "INC-42-v2",
        lastModifiedUser: "arn:aws:iam::111122223333:user/terraform",
      },
    });
    expect(record.parameter && matchesFingerprint(SECRET, record.parameter.fingerprint)).toBe(true);
    expect([...(labelsOf(2) ?? [])]).toEqual(["INC-42-v2"]);
    expect(items.map(({ key }) => key)).toEqual([KEY]);
    const document = JSON.parse(String(await readObject(platform.vault, KEY)));
    expect(document).toMatchObject({
      type: "SecureString",
      version: 2,
      history: [{ Version: 1 }, { Version: 2 }],
    });
    expect(JSON.stringify(document)).not.toMatch(/"Value"|first-value|8Q~/);
    expect(platform.masked).toContain(SECRET);
    expect(platform.printed.join("\n")).not.toContain(SECRET);
  });

  test("a run that continues another keeps the document and its salt", async () => {
    const first = await collectParameter(await platform.source());
    const second = await collectParameter(await platform.source());
    expect(second.record.parameter).toEqual(first.record.parameter);
    expect(second.items).toEqual(first.items);
  });

  test("a version set between two runs is documented beside the first", async () => {
    await collectParameter(await platform.source());
    platform.ssm.store.seed({
      name: target.parameter,
      value: "third",
      modifiedBy: "arn:aws:iam::111122223333:user/other",
    });
    const { record, items } = await collectParameter(await platform.source());
    expect(record.parameter).toMatchObject({ version: 3, label: "INC-42-v3" });
    expect(items.map(({ key }) => key)).toEqual([KEY, KEY.replace(".json", "~2.json")]);
  });

  test("eleven incidents on one version share the label of the first", async () => {
    for (let number = 1; number <= 11; number += 1) {
      const incident = `INC-${number}`;
      const folder = `incidents/${incident}/captures/7001/`;
      const { record } = await collectParameter({ ...(await platform.source()), incident, folder });
      expect(record).toMatchObject({
        status: "complete",
        gaps: [],
        parameter: { version: 2, label: "INC-1-v2" },
      });
    }
    expect([...(labelsOf(2) ?? [])]).toEqual(["INC-1-v2"]);
  });

  test("a label that stands for another version, or is somebody else's, holds nothing", async () => {
    const labels = ["INC-7-v33", "INC-7-v2", "xINC-7-v3", "prod"];
    platform.ssm.store.seed({
      name: target.parameter,
      value: "third",
      modifiedBy: "arn:aws:iam::111122223333:user/other",
      labels,
    });
    const { record } = await collectParameter(await platform.source());
    expect(record.parameter?.label).toBe("INC-42-v3");
    expect([...(labelsOf(3) ?? [])]).toEqual([...labels, "INC-42-v3"]);
  });

  test("a version that takes no further label is a gap, and documented all the same", async () => {
    const labels = Array.from({ length: 10 }, (_, index) => `team-${index}`);
    platform.ssm.store.seed({
      name: target.parameter,
      value: "full",
      modifiedBy: "arn:aws:iam::111122223333:user/other",
      labels,
    });
    const { record } = await collectParameter(await platform.source());
    expect(record).toMatchObject({ status: "partial", parameter: { version: 3, label: null } });
    expect(record.gaps).toMatchObject([{ what: expect.stringContaining("INC-42-v3") }]);
  });

  test("a document that does not belong to the current value is named", async () => {
    await collectParameter(await platform.source());
    const source = await platform.source();
    const send = async (command: { constructor: { name: string } }) => {
      const answer = (await platform.aws.ssm.send(command as never)) as { Parameter?: { Value?: string } };
      if (command.constructor.name === "GetParameterCommand" && answer.Parameter)
        answer.Parameter.Value = "another";
      return answer;
    };
    const { record } = await collectParameter({ ...source, aws: { ...source.aws, ssm: { send } as never } });
    expect(record.status).toBe("partial");
    expect(record.gaps[0]?.why).toContain("fingerprint");
  });
});
