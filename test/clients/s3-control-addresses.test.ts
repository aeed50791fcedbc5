import { DescribeJobCommand } from "@aws-sdk/client-s3-control";
import { expect, test } from "@jest/globals";
import { createS3Control } from "../../src/clients/s3-control.ts";

async function hostCalled(endpoint: string | undefined): Promise<string> {
  let host = "";
  const client = createS3Control({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: {
      handle: async (request: { hostname: string; headers: Record<string, string> }) => {
        expect(request.headers["x-amz-account-id"]).toBe("111122223333");
        host = request.hostname;
        throw new Error("not sent");
      },
    } as never,
    maxAttempts: 1,
  });
  await expect(
    client.send(new DescribeJobCommand({ AccountId: "111122223333", JobId: "j" })),
  ).rejects.toThrow("not sent");
  return host;
}

test.each([
  ["AWS", undefined, "111122223333.s3-control.eu-west-1.amazonaws.com"],
  ["a named endpoint", "https://s3-control.example.com", "111122223333.s3-control.example.com"],
  ["an IPv4 address", "http://127.0.0.1:4566", "127.0.0.1"],
  ["an IPv6 address", "http://[::1]:4566", "[::1]"],
])("S3 Control at %s is called by a host that can be there", async (_name, endpoint, host) => {
  expect(await hostCalled(endpoint)).toBe(host);
});
