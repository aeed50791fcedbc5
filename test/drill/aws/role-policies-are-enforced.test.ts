import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { DescribeJobCommand } from "@aws-sdk/client-s3-control";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Statement } from "../../../drill/aws/access/decide.ts";
import { createS3Control } from "../../../src/clients/s3-control.ts";
import { ACCOUNT, errorOf, OPERATOR, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

const STATEMENTS: Statement[] = [
  {
    Sid: "Read",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject"],
    Resource: "arn:aws:s3:::audit/*",
  },
  { Sid: "Sealed", Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::audit/sealed/*" },
  { Sid: "Own", Effect: "Allow", Action: "iam:GetRole", Resource: `arn:aws:iam::${ACCOUNT}:role/own` },
];

let platform: Platform;
let s3: S3Client;
let other: S3Client;
let iam: IAMClient;
beforeAll(async () => {
  platform = await startPlatform();
  const { aws, config } = platform;
  const shared = { id: "Any", maxSession: 3600, trust: [] };
  aws.access.enforce([{ ...shared, arn: OPERATOR, statements: STATEMENTS }]);
  aws.s3.createBucket("audit");
  for (const key of ["log", "sealed/log"]) aws.s3.seedObject("audit", key, "text");
  for (const name of ["own", "other"]) aws.iam.store.seedRole({ name, trust: { Statement: [] } });
  s3 = platform.s3;
  other = platform.s3As(aws.sessions.issue({ roleArn: `arn:aws:iam::${ACCOUNT}:role/free` }));
  iam = new IAMClient(config);
});
afterAll(async () => {
  iam.destroy();
  await platform.close();
});

const read = (Key: string, client = s3) => client.send(new GetObjectCommand({ Bucket: "audit", Key }));
const lastCall = () => platform.calls.all().at(-1);
const WHO = `User: arn:aws:sts::${ACCOUNT}:assumed-role/operator/drill`;

test("what is allowed goes through, and the log names what it needed", async () => {
  await read("log");
  expect(lastCall()?.needs).toEqual([
    {
      action: "s3:GetObject",
      resource: "arn:aws:s3:::audit/log",
      context: { "s3:objectcreationoperation": "false" },
    },
  ]);
});

test("S3 refuses what no policy allows, in its own words", async () => {
  expect(await refusalOf(s3.send(new ListObjectsV2Command({ Bucket: "audit" })))).toEqual({
    name: "AccessDenied",
    status: 403,
    message: `${WHO} is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::audit because no identity-based policy allows the s3:ListBucket action`,
  });
});

test("a denial wins over what is allowed", async () => {
  const { name, message } = await refusalOf(read("sealed/log"));
  expect(name).toBe("AccessDenied");
  expect(message).toMatch(/s3:GetObject .* with an explicit deny in an identity-based policy$/);
});

test("a JSON service refuses with its own code", async () => {
  const client = new CloudTrailClient(platform.config);
  const refusal = await refusalOf(client.send(new LookupEventsCommand({})));
  client.destroy();
  expect(refusal).toMatchObject({ name: "AccessDeniedException", status: 400 });
  expect(refusal.message).toContain("cloudtrail:LookupEvents");
  expect(lastCall()).toMatchObject({ operation: "LookupEvents", error: "AccessDeniedException" });
});

test("IAM refuses by the role that the call is about", async () => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "own" }));
  expect(Role?.RoleName).toBe("own");
  expect(await refusalOf(iam.send(new GetRoleCommand({ RoleName: "other" })))).toMatchObject({
    name: "AccessDenied",
    status: 403,
    message: expect.stringContaining(`on resource: arn:aws:iam::${ACCOUNT}:role/other `),
  });
});

test("S3 Control refuses, too", async () => {
  const client = createS3Control(platform.config);
  const describe = new DescribeJobCommand({ AccountId: ACCOUNT, JobId: "unknown" });
  expect(await errorOf(client.send(describe))).toBe("AccessDenied");
  client.destroy();
});

test("nothing was done of what was refused", async () => {
  const write = new PutObjectCommand({ Bucket: "audit", Key: "sealed/new", Body: "text" });
  expect(await errorOf(s3.send(write))).toBe("AccessDenied");
  expect(await errorOf(read("sealed/new", other))).toBe("NoSuchKey");
});

test("whoever may not list a bucket is not told that an object is missing", async () => {
  expect(await refusalOf(read("missing"))).toMatchObject({ name: "AccessDenied", status: 403 });
  expect(await errorOf(read("missing", other))).toBe("NoSuchKey");
});

test("whoever may not read an object's lock does not see it", async () => {
  const retention = { mode: "GOVERNANCE", days: 1 } as const;
  platform.aws.s3.createBucket("locked", { lock: { defaultRetention: retention } });
  platform.aws.s3.seedObject("locked", "log", "text");
  const object = { Bucket: "locked", Key: "log" };
  const seen = async (action: string[]) => {
    const statements: Statement[] = [{ Effect: "Allow", Action: ["s3:GetObject", ...action], Resource: "*" }];
    const arn = `arn:aws:iam::${ACCOUNT}:role/reader`;
    platform.aws.access.enforce([{ id: "Any", maxSession: 3600, trust: [], arn, statements }]);
    const reader = platform.s3As(platform.aws.sessions.issue({ roleArn: arn }));
    return (await reader.send(new GetObjectCommand(object))).ObjectLockMode;
  };
  expect(await seen([])).toBeUndefined();
  expect(await seen(["s3:GetObjectRetention"])).toBe("GOVERNANCE");
});

test("who one is may always be asked", async () => {
  const sts = new STSClient(platform.config);
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/operator/drill`);
});

test("roles that no stack made do what they like, and need nothing", async () => {
  await other.send(new ListObjectsV2Command({ Bucket: "audit" }));
  expect(lastCall()).not.toHaveProperty("needs");
});
