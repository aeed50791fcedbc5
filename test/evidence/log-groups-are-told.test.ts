import { afterEach, describe, expect, test } from "@jest/globals";
import { maskEmailAddresses, type Protection } from "../../drill/aws/logs/protection.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { readObject } from "../../src/vault/vault.ts";
import { eventsIn } from "../support/log-captures.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const NAME = "ecs/app/1";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/logs";

let platform: PreservePlatform;
afterEach(() => platform.close());

async function start(logGroup: Partial<Protection>): Promise<void> {
  platform = await startPreservePlatform({ logGroup });
  const timestamp = platform.clock.now() - 60_000;
  const events = [{ timestamp, message: "login of anna@example.com" }];
  platform.logs.store.seedStream({ group: target.logGroup, name: NAME, events });
}

describe("what a log group lets see", () => {
  test("a plain group is told as it is", async () => {
    await start({});
    const { record } = await collectLogs(await platform.source());
    expect(record.group).toEqual({ class: "STANDARD", kmsKey: null, masked: false, retentionDays: null });
    expect(record.status).toBe("complete");
    expect(record.collected).not.toHaveProperty("masking");
  });

  test("masked events stay masked: the manifest says so, and the policy is evidence", async () => {
    await start({ masking: maskEmailAddresses(0) });
    const { record, items } = await collectLogs(await platform.source());
    expect(record).toMatchObject({ status: "complete", group: { masked: true }, gaps: [] });
    expect(record.collected.masking).toContain("logs:Unmask");
    expect(await eventsIn(platform, items)).toMatchObject([{ message: "login of ****************" }]);
    const policy = items.find(({ key }) => key.endsWith("/cloudwatch-logs/data-protection-policy.json"));
    const document = JSON.parse(String(await readObject(platform.vault, policy?.key ?? "")));
    expect(document).toMatchObject({ logGroup: target.logGroup, policy: { Name: "data-protection-policy" } });
  });

  test("a group whose key is disabled is a gap that names the key and what mends it", async () => {
    await start({ kmsKey: { arn: KEY, enabled: false } });
    const { record } = await collectLogs(await platform.source());
    expect(record).toMatchObject({ group: { kmsKey: KEY }, streams: [{ stream: NAME, complete: false }] });
    expect(record.gaps[0]?.what).toBe(`${target.logGroup}:${NAME}`);
    expect(record.gaps[0]?.why).toContain(`aws kms enable-key --key-id ${KEY}`);
    expect(record.status).not.toBe("complete");
  });

  test("a group whose key can be used is read", async () => {
    await start({ kmsKey: { arn: KEY, enabled: true } });
    const { record } = await collectLogs(await platform.source());
    expect(record).toMatchObject({ status: "complete", group: { kmsKey: KEY }, collected: { events: 1 } });
  });

  test("a group of the Infrequent Access class is a gap by name, and no export of it is asked for", async () => {
    await start({ logClass: "INFREQUENT_ACCESS" });
    const { record } = await collectLogs(await platform.source());
    expect(record.group?.class).toBe("INFREQUENT_ACCESS");
    expect(record.gaps).toHaveLength(1);
    expect(record.gaps[0]?.why).toContain("Logs Insights");
    expect(platform.operations("logs")).not.toContain("CreateExportTask");
  });

  test("a group that may not be described is a gap, and its streams are collected all the same", async () => {
    await start({});
    const source = await platform.source();
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "DescribeLogGroupsCommand")
        throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      return platform.aws.logs.send(command as never);
    };
    const { record } = await collectLogs({ ...source, aws: { ...source.aws, logs: { send } as never } });
    expect(record).toMatchObject({ status: "partial", collected: { events: 1 } });
    expect(record.group).toBeUndefined();
    expect(record.gaps[0]?.what).toBe(`the settings of the log group ${target.logGroup}`);
  });
});
