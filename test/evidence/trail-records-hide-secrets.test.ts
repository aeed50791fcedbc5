import { describe, expect, test } from "@jest/globals";
import { trailLine, withoutSecrets } from "../../src/evidence/sources/trail-record.ts";

const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaCXVzLWVhc3QtMSJ";

describe("a record of CloudTrail in the evidence", () => {
  test.each([
    ["a session token", { responseElements: { credentials: { sessionToken: TOKEN } } }, TOKEN],
    ["a secret access key", { accessKey: { secretAccessKey: "wJalrXUtnFEMIexample" } }, "wJalrXUtn"],
    ["a password", { requestParameters: { masterUserPassword: "correct horse" } }, "correct horse"],
    ["an Entra secret", { requestParameters: { note: "abc8Q~0123456789abcdefghijklmnopqrstuvw" } }, "8Q~"],
    ["a token with escapes", { requestParameters: { clientSecret: 'a"b\\c' } }, "b\\\\c"],
    ["a list of secrets", { x: { secretString: ["one-secret", "two-secret"] } }, "-secret"],
  ])("holds %s no longer, and says so", (_what, record, secret) => {
    const { text, redacted } = withoutSecrets(JSON.stringify(record));
    expect(text).not.toContain(secret);
    expect(redacted).toBeGreaterThan(0);
    expect(JSON.stringify(JSON.parse(text))).toContain("[redacted]");
  });

  test.each([
    [{ userIdentity: { accessKeyId: "ASIAIOSFODNN7EXAMPLE", arn: "arn:aws:sts::1:assumed-role/r/s" } }],
    [{ requestParameters: { value: "HIDDEN_DUE_TO_SECURITY_REASONS", nextToken: "page-two" } }],
    [{ responseElements: { password: "****", secretString: "" } }],
    [{ requestParameters: { names: ["/aiconnectors/dev/servicenow/azure-client-secret"] } }],
  ])("is byte for byte what CloudTrail gave where it holds no secret: %j", (record) => {
    const json = JSON.stringify(record);
    expect(withoutSecrets(json)).toEqual({ text: json, redacted: 0 });
  });

  test("of a call to ECS holds no variable that is not known to be harmless, and no secret of a command", () => {
    const requestParameters = {
      containerDefinitions: [
        {
          name: "app",
          environment: [
            { name: "DB_PASSWORD", value: "hunter2pw" },
            { name: "UPSTREAM", value: "hunter2pw" },
            { name: "HIDDEN", value: "HIDDEN_DUE_TO_SECURITY_REASONS" },
            { name: "PORT", value: "8080" },
          ],
          command: ["app", "--password", "hunter2pw", "--token=hunter2pw", "--port", "80"],
        },
      ],
    };
    const responseElements = {
      tasks: [{ overrides: { containerOverrides: [{ command: ["curl -u me:hunter2pw x"] }] } }],
    };
    const record = { eventSource: "ecs.amazonaws.com", requestParameters, responseElements };
    const { text, redacted } = withoutSecrets(JSON.stringify(record));
    expect(text).not.toContain("hunter2pw");
    expect(redacted).toBe(5);
    const command = ["app", "--password", "[redacted]", "--token=[redacted]", "--port", "80"];
    expect(JSON.parse(text)).toMatchObject({
      eventSource: "ecs.amazonaws.com",
      requestParameters: {
        containerDefinitions: [
          {
            name: "app",
            command,
            environment: [
              { name: "DB_PASSWORD", value: "[redacted]" },
              { name: "UPSTREAM", value: "[redacted]" },
              { name: "HIDDEN", value: "HIDDEN_DUE_TO_SECURITY_REASONS" },
              { name: "PORT", value: "8080" },
            ],
          },
        ],
      },
    });
    expect(text).toContain("curl -u [redacted] x");
  });

  test("of a call to ECS without a secret is what CloudTrail gave, byte for byte", () => {
    const json =
      '{"eventSource": "ecs.amazonaws.com","requestParameters":{"cluster":"c","id":12345678901234567890}}';
    expect(withoutSecrets(json)).toEqual({ text: json, redacted: 0 });
  });

  test("keeps numbers beyond a double's precision, since it is never parsed", () => {
    const json = '{"id":12345678901234567890,"sessionToken":"x-secret-x"}';
    expect(withoutSecrets(json).text).toBe('{"id":12345678901234567890,"sessionToken":"[redacted]"}');
  });

  test("is one line with the event's time in milliseconds", () => {
    const line = trailLine({
      EventId: "e1",
      EventTime: new Date(1_795_000_000_000),
      Username: "someone\nelse",
      CloudTrailEvent: '{"eventID":"e1"}',
    });
    expect(line).toMatchObject({ id: "e1", at: 1_795_000_000_000 });
    expect(line.text.trimEnd()).not.toContain("\n");
    expect(JSON.parse(line.text)).toEqual({
      timestamp: 1_795_000_000_000,
      eventId: "e1",
      username: "someone\nelse",
      record: '{"eventID":"e1"}',
    });
  });
});
