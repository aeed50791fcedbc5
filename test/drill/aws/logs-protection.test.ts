import {
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetDataProtectionPolicyCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { maskEmailAddresses, type Protection } from "../../../drill/aws/logs/protection.ts";
import { type Platform, startPlatform } from "./ecs-platform.ts";

const group = "/ecs/mcp-jira";
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/logs";
const START = Date.UTC(2026, 2, 2, 12);

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform({ logs: { quirks: { emptyPageRate: 0, partialPageRate: 0 } } });
});
afterEach(() => platform.close());

function seed(protection: Partial<Protection>): void {
  platform.logs.store.seedGroup({ name: group, protection });
  const events = [{ timestamp: START, message: "login of anna@example.com" }];
  platform.logs.store.seedStream({ group, name: "s", events });
}

const get = (more: object = {}) =>
  platform.clients.logs.send(
    new GetLogEventsCommand({ logGroupName: group, logStreamName: "s", startFromHead: true, ...more }),
  );
const filter = () => platform.clients.logs.send(new FilterLogEventsCommand({ logGroupName: group }));
const described = async () =>
  (await platform.clients.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group })))
    .logGroups?.[0];

describe("a simulated log group", () => {
  test("of the Infrequent Access class gives no events to either reader, in the service's words", async () => {
    seed({ logClass: "INFREQUENT_ACCESS" });
    for (const [operation, call] of [
      ["GetLogEvents", get],
      ["FilterLogEvents", filter],
    ] as const) {
      await expect(call()).rejects.toMatchObject({
        name: "InvalidOperationException",
        message: `The log group ${group} is of log-group-class INFREQUENT_ACCESS. ${operation} is not supported for this log class.`,
      });
    }
    expect(await described()).toMatchObject({ logGroupClass: "INFREQUENT_ACCESS" });
  });

  test("gives no events while its KMS key is disabled", async () => {
    const kmsKey = { arn: KEY, enabled: false };
    seed({ kmsKey });
    await expect(get()).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(filter()).rejects.toMatchObject({ name: "AccessDeniedException" });
    kmsKey.enabled = true;
    expect((await get()).events).toHaveLength(1);
    expect(await described()).toMatchObject({ kmsKeyId: KEY });
  });

  test("masks what its policy calls sensitive, unmasks for nobody without the permission, and tells the policy", async () => {
    seed({ masking: maskEmailAddresses(START) });
    expect((await get()).events).toMatchObject([{ message: "login of ****************" }]);
    expect((await filter()).events).toMatchObject([{ message: "login of ****************" }]);
    await expect(get({ unmask: true })).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("logs:Unmask"),
    });
    expect(await described()).toMatchObject({ dataProtectionStatus: "ACTIVATED" });
    const { policyDocument = "", lastUpdatedTime } = await platform.clients.logs.send(
      new GetDataProtectionPolicyCommand({ logGroupIdentifier: group }),
    );
    expect(lastUpdatedTime).toBe(START);
    expect(JSON.parse(policyDocument).Statement).toHaveLength(2);
  });

  test("without a policy has none to tell", async () => {
    seed({});
    const told = await platform.clients.logs.send(
      new GetDataProtectionPolicyCommand({ logGroupIdentifier: group }),
    );
    expect(told.policyDocument).toBeUndefined();
    expect((await get()).events).toMatchObject([{ message: "login of anna@example.com" }]);
  });
});
