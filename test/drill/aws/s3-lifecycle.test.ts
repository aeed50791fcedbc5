import { GetBucketLifecycleConfigurationCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { errorOf, type Platform, startPlatform } from "./core-platform.ts";

const Bucket = "audit";
let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket(Bucket);
});
afterEach(() => platform.close());

const rules = () => platform.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));

test("a bucket without lifecycle rules says so by name", async () => {
  expect(await errorOf(rules())).toBe("NoSuchLifecycleConfiguration");
});

test("lifecycle rules are shown as they were seeded", async () => {
  const [days, replaced] = [30, 7];
  platform.aws.s3.bucket(Bucket).lifecycle = [
    { ID: "old", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: days } },
    {
      ID: "replaced",
      Status: "Disabled",
      Filter: { Prefix: "logs/" },
      NoncurrentVersionExpiration: { NoncurrentDays: replaced },
    },
  ];
  expect((await rules()).Rules).toMatchObject([
    { ID: "old", Status: "Enabled", Expiration: { Days: days } },
    { ID: "replaced", Status: "Disabled", NoncurrentVersionExpiration: { NoncurrentDays: replaced } },
  ]);
});
