import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { JsonService } from "../../../drill/aws/service.ts";
import type { AwsSession } from "../../../drill/contracts.ts";
import { errorOf, OPERATOR, type Platform, startPlatform } from "./core-platform.ts";

const logs: JsonService = {
  name: "logs",
  targetPrefix: "Logs_20140328",
  throttleError: "ThrottlingException",
  quotas: {},
  operations: { DescribeLogGroups: () => ({ logGroups: [] }) },
};

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ services: [logs] });
});
afterAll(() => platform.close());

/** One read over each of the three protocols, with these credentials. */
const protocols = {
  s3: (credentials: AwsSession, region?: string) =>
    platform.s3As(credentials, region ? { region } : {}).send(new ListBucketsCommand({})),
  query: (credentials: AwsSession) =>
    new STSClient({ ...platform.config, credentials }).send(new GetCallerIdentityCommand({})),
  json: (credentials: AwsSession, region?: string) =>
    new CloudWatchLogsClient({ ...platform.config, ...(region ? { region } : {}), credentials }).send(
      new DescribeLogGroupsCommand({}),
    ),
};

describe("credentials", () => {
  test("known and unexpired ones are let in over every protocol", async () => {
    const { session } = platform;
    expect((await protocols.s3(session)).Buckets).toEqual([]);
    expect((await protocols.query(session)).Arn).toBe(session.sessionArn);
    expect((await protocols.json(session)).logGroups).toEqual([]);
  });

  test.each([
    [
      "unknown key",
      { accessKeyId: "ASIAUNKNOWNUNKNOWN00" },
      ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"],
    ],
    [
      "wrong secret",
      { secretAccessKey: "wrong" },
      ["SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException"],
    ],
    [
      "wrong token",
      { sessionToken: "wrong" },
      ["InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException"],
    ],
  ])("%s is refused in each protocol's own words", async (_name, change, expected) => {
    const session = { ...platform.session, ...change };
    const seen = [
      await errorOf(protocols.s3(session)),
      await errorOf(protocols.query(session)),
      await errorOf(protocols.json(session)),
    ];
    expect(seen).toEqual(expected);
  });

  test("expired ones are refused", async () => {
    const session = platform.aws.sessions.issue({ roleArn: OPERATOR, durationSeconds: -1 });
    expect(await errorOf(protocols.s3(session))).toBe("ExpiredToken");
    expect(await errorOf(protocols.query(session))).toBe("ExpiredToken");
    expect(await errorOf(protocols.json(session))).toBe("ExpiredTokenException");
  });

  test("a signature for another region is refused", async () => {
    expect(await errorOf(protocols.s3(platform.session, "us-west-2"))).toBe("AuthorizationHeaderMalformed");
    expect(await errorOf(protocols.json(platform.session, "us-west-2"))).toBe("InvalidSignatureException");
  });

  test("an unsigned call is refused and logged as anonymous", async () => {
    const response = await fetch(`${platform.aws.url}/some-bucket`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("<Code>AccessDenied</Code>");
    expect(platform.calls.all().at(-1)).toMatchObject({
      principal: "anonymous",
      job: null,
      error: "AccessDenied",
      status: 403,
    });
  });
});

test("a request dated too far off is refused, and the SDK mends its clock by the Date header", async () => {
  const future = Date.now() + 3_600_000;
  const { createClock } = await import("../../../drill/clock.ts");
  const ahead = await startPlatform({ clock: createClock({ speed: 1, start: future }) });
  try {
    const strict = ahead.s3As(ahead.session, { maxAttempts: 1 });
    expect(await errorOf(strict.send(new ListBucketsCommand({})))).toBe("RequestTimeTooSkewed");
    const patient = ahead.s3As(ahead.session, { maxAttempts: 2 });
    expect((await patient.send(new ListBucketsCommand({}))).$metadata.httpStatusCode).toBe(200);
  } finally {
    await ahead.close();
  }
});
