import { describe, expect, test } from "@jest/globals";
import { matchesFingerprint } from "../../src/evidence/fingerprint.ts";
import { redact } from "../../src/evidence/redact.ts";

function redacting(document: unknown) {
  const masked: string[] = [];
  const log = {
    info: () => {},
    warning: () => {},
    error: () => {},
    mask: (value: string) => masked.push(value),
  };
  return { ...redact(document, log), masked };
}

describe("secrets in ECS documents", () => {
  test("a variable whose name looks secret keeps its name, loses its value, and can be recognised", () => {
    const environment = [
      { name: "LOG_LEVEL", value: "info" },
      { name: "AZURE_CLIENT_SECRET", value: "hunter2-hunter2" },
    ];
    const { document, redacted, masked } = redacting({
      containerDefinitions: [{ name: "app", environment }],
    });
    expect(JSON.stringify(document)).not.toContain("hunter2");
    expect(JSON.stringify(document)).toContain('"LOG_LEVEL","value":"info"');
    expect(masked).toEqual(["hunter2-hunter2"]);
    expect(redacted).toHaveLength(1);
    expect(redacted[0]).toMatchObject({
      path: "containerDefinitions[0].environment[1].value",
      name: "AZURE_CLIENT_SECRET",
    });
    const print = redacted[0]?.fingerprint;
    expect(print && matchesFingerprint("hunter2-hunter2", print)).toBe(true);
    expect(print && matchesFingerprint("hunter3-hunter3", print)).toBe(false);
  });

  test.each([
    ["an Entra client secret", "abc8Q~0123456789abcdefghijklmnopqrstuvw"],
    ["a JSON Web Token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmNkZWYifQ.c2lnbmF0dXJl"],
    ["a password in a URL", "postgres://app:s3cr3t-pw@db.example:5432/app"],
    ["an AWS access key", "AKIAIOSFODNN7EXAMPLE"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"],
    ["a connection string", "AccountName=x;AccountKey=0123456789abcdef"],
  ])("%s is recognised under any name and in a command", (_what, value) => {
    const { document, redacted } = redacting({
      command: ["run", value],
      environment: [{ name: "HARMLESS", value }],
    });
    expect(JSON.stringify(document)).not.toContain(value.slice(8, 20));
    expect(redacted).toHaveLength(2);
  });

  test("options of a log driver count, references to secrets do not", () => {
    const { document, redacted } = redacting({
      logConfiguration: {
        logDriver: "splunk",
        options: { "splunk-token": "0000-1111", "splunk-url": "https://x" },
      },
      secrets: [{ name: "CLIENT_SECRET", valueFrom: "/connectors/dev/x/client-secret" }],
    });
    expect(redacted.map(({ path }) => path)).toEqual(["logConfiguration.options.splunk-token"]);
    expect(JSON.stringify(document)).toContain("/connectors/dev/x/client-secret");
  });

  test("what ECS itself names stays, and dates stay dates", () => {
    const task = {
      attachments: [{ details: [{ name: "privateIPv4Address", value: "10.0.0.1" }] }],
      startedAt: new Date(0),
      taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/cluster/0123456789abcdef0123456789abcdef",
    };
    expect(redacting(task)).toMatchObject({ document: task, redacted: [] });
  });

  test("a short or plain number is left out of the document but not masked in every log line", () => {
    const { redacted, masked } = redacting([{ name: "TOKEN_TTL", value: "3600000" }]);
    expect(redacted).toHaveLength(1);
    expect(masked).toEqual([]);
  });
});
