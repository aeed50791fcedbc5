import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ACCOUNT, PARAMETER, type Platform, REGION, startPlatform } from "./ecs-platform.ts";

let platform: Platform;
beforeEach(async () => {
  // At this speed no call of a test meets a request quota.
  platform = await startPlatform({ speed: 5_000 });
});
afterEach(() => platform.close());

const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${PARAMETER}`;

function overwrite(Value: string) {
  return platform.clients.ssm.send(new PutParameterCommand({ Name: PARAMETER, Value, Overwrite: true }));
}

describe("reading", () => {
  test("a SecureString is shown only with decryption", async () => {
    const closed = await platform.clients.ssm.send(new GetParameterCommand({ Name: PARAMETER }));
    expect(closed.Parameter).toMatchObject({ Type: "SecureString", Version: 1, ARN: arn, DataType: "text" });
    expect(closed.Parameter?.Value).toMatch(/^AQICA[A-Za-z0-9+/]+=*$/);
    const open = await platform.clients.ssm.send(
      new GetParameterCommand({ Name: PARAMETER, WithDecryption: true }),
    );
    expect(open.Parameter?.Value).toBe("first");
    expect(open.Parameter?.LastModifiedDate).toBeInstanceOf(Date);
  });

  test("a version or a label selects, by name and by ARN", async () => {
    await overwrite("second");
    platform.ssm.store.seed({ name: PARAMETER, value: "third", modifiedBy: "arn:x", labels: ["live"] });
    const read = async (Name: string): Promise<unknown> => {
      const { Parameter } = await platform.clients.ssm.send(
        new GetParameterCommand({ Name, WithDecryption: true }),
      );
      return [Parameter?.Value, Parameter?.Version, Parameter?.Selector];
    };
    expect(await read(PARAMETER)).toEqual(["third", 3, undefined]);
    expect(await read(`${PARAMETER}:2`)).toEqual(["second", 2, ":2"]);
    expect(await read(`${PARAMETER}:live`)).toEqual(["third", 3, ":live"]);
    expect(await read(`${arn}:1`)).toEqual(["first", 1, ":1"]);
  });

  test("what is missing is told apart", async () => {
    const read = (Name: string) => platform.clients.ssm.send(new GetParameterCommand({ Name }));
    await expect(read("/none")).rejects.toMatchObject({ name: "ParameterNotFound" });
    await expect(read(`${PARAMETER}:9`)).rejects.toMatchObject({
      name: "ParameterVersionNotFound",
      message: `Systems Manager could not find version 9 of ${PARAMETER}. Verify the version and try again.`,
    });
    const many = await platform.clients.ssm.send(new GetParametersCommand({ Names: [PARAMETER, "/none"] }));
    expect(many.Parameters?.map(({ Name }) => Name)).toEqual([PARAMETER]);
    expect(many.InvalidParameters).toEqual(["/none"]);
  });

  test("DescribeParameters finds by name and shows no value", async () => {
    const { Parameters } = await platform.clients.ssm.send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [PARAMETER] }],
      }),
    );
    expect(Parameters).toHaveLength(1);
    expect(Parameters?.[0]).toMatchObject({ Name: PARAMETER, Version: 1, KeyId: "alias/aws/ssm" });
    expect(JSON.stringify(Parameters)).not.toContain("first");
  });
});

describe("writing", () => {
  test("makes a version in the name of the session, at the simulated time", async () => {
    const before = platform.clock.now();
    expect(await overwrite("second")).toMatchObject({ Version: 2, Tier: "Standard" });
    const { Parameters } = await platform.clients.ssm.send(
      new GetParameterHistoryCommand({ Name: PARAMETER }),
    );
    expect(Parameters?.map(({ Version }) => Version)).toEqual([1, 2]);
    expect(Parameters?.[0]?.LastModifiedUser).toBe("arn:aws:iam::123456789012:user/terraform");
    expect(Parameters?.[1]?.LastModifiedUser).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/tester/jest`);
    expect(Parameters?.[1]?.LastModifiedDate?.getTime()).toBeGreaterThanOrEqual(before);
    expect(Parameters?.map(({ Value }) => Value)).not.toContain("second");
  });

  test.each([
    ["without Overwrite", { Name: PARAMETER, Value: "x" }, "ParameterAlreadyExists"],
    ["a new one without a type", { Name: "/new", Value: "x" }, "ValidationException"],
    ["a name with a space", { Name: "/a b", Value: "x", Type: "String" as const }, "ValidationException"],
    [
      "a name that starts with aws",
      { Name: "/aws/x", Value: "x", Type: "String" as const },
      "ValidationException",
    ],
    ["an empty value", { Name: "/new", Value: "", Type: "String" as const }, "ValidationException"],
    [
      "more than 4 KB",
      { Name: "/new", Value: "x".repeat(4_097), Type: "String" as const },
      "ValidationException",
    ],
    [
      "what the pattern forbids",
      { Name: "/new", Value: "x", Type: "String" as const, AllowedPattern: "^\\d+$" },
      "ParameterPatternMismatchException",
    ],
  ])("is refused %s", async (_what, input, name) => {
    await expect(platform.clients.ssm.send(new PutParameterCommand(input))).rejects.toMatchObject({ name });
    expect(platform.ssm.store.all()).toHaveLength(1);
  });

  test("the 101st version drops the oldest, unless that is labelled", async () => {
    for (let version = 2; version <= 100; version += 1) {
      platform.ssm.store.seed({ name: PARAMETER, value: `v${version}`, modifiedBy: "arn:x" });
    }
    await overwrite("v101");
    const pages: number[] = [];
    const seen: (number | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await platform.clients.ssm.send(
        new GetParameterHistoryCommand({ Name: PARAMETER, ...(NextToken && { NextToken }) }),
      );
      pages.push(page.Parameters?.length ?? 0);
      seen.push(...(page.Parameters ?? []).map(({ Version }) => Version));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([50, 50]);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));

    platform.ssm.store.get(PARAMETER).versions[0]?.labels.add("incident-42");
    await expect(overwrite("v102")).rejects.toMatchObject({
      name: "ParameterMaxVersionLimitExceeded",
      message: expect.stringContaining(
        "Version 2, the oldest version, can't be deleted because it has a label",
      ),
    });
    expect(platform.ssm.store.get(PARAMETER).latest.version).toBe(101);
  });
});

test("no value appears in the call log or in the state", async () => {
  await overwrite("very-secret-value");
  await platform.clients.ssm.send(new GetParameterCommand({ Name: PARAMETER, WithDecryption: true }));
  expect(platform.calls.toNdjson()).toContain(PARAMETER);
  expect(platform.calls.toNdjson() + JSON.stringify(platform.ssm.state())).not.toContain("very-secret-value");
});

test("PutParameter is throttled beyond 3 calls a second", async () => {
  await platform.close();
  platform = await startPlatform({ speed: 0.001 });
  const answers = await Promise.allSettled(["a", "b", "c", "d"].map(overwrite));
  const refused = answers.filter((answer) => answer.status === "rejected");
  expect(refused.map(({ reason }) => reason.name)).toEqual(["ThrottlingException"]);
  expect(platform.ssm.store.get(PARAMETER).latest.version).toBe(4);
});
