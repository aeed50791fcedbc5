import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";

const TAGS = ["Ref", "Sub", "GetAtt"].map((name) => ({
  tag: `!${name}`,
  resolve: (value: string) => ({ [name]: value }),
}));

interface Template {
  Parameters: Record<string, { Default?: string }>;
  // biome-ignore lint/suspicious/noExplicitAny: a template is looked into, member by member.
  Resources: Record<string, { Type: string; Properties: any }>;
}

const text = readFileSync("infra/intake.yml", "utf8");
const { Parameters, Resources } = parse(text, { customTags: TAGS }) as Template;
const { Connection, Destination, InvokeRole, Rule, Undelivered, UndeliveredAlarm, UndeliveredPolicy } =
  Resources;

test("the token is in no parameter and no text, but comes from Secrets Manager", () => {
  expect(Object.keys(Parameters)).toEqual([
    "Environment",
    "Repository",
    "ApiUrl",
    "AlarmNames",
    "TokenSecret",
    "AlarmTopic",
  ]);
  expect(Connection?.Properties.AuthParameters.ApiKeyAuthParameters).toEqual({
    ApiKeyName: "Authorization",
    ApiKeyValue: { Sub: "Bearer {{resolve:secretsmanager:${TokenSecret}:SecretString:token}}" },
  });
  expect(text).not.toMatch(/gh[ps]_|github_pat_/);
});

test("only what goes to ALARM and is called like an mcp's alarm is sent, to one repository's dispatches", () => {
  expect(Rule?.Properties.EventPattern).toEqual({
    source: ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change"],
    detail: { alarmName: [{ wildcard: { Ref: "AlarmNames" } }], state: { value: ["ALARM"] } },
  });
  expect(Destination?.Properties.InvocationEndpoint).toEqual({
    Sub: "${ApiUrl}/repos/${Repository}/dispatches",
  });
});

test("what is sent is what the action reads", () => {
  const [target] = Rule?.Properties.Targets ?? [];
  const sent = JSON.parse(
    target.InputTransformer.InputTemplate.replace("<aws.events.event.json>", '{"id":"1"}'),
  );
  expect(sent).toEqual({ event_type: "cloudwatch-alarm", client_payload: { event: { id: "1" } } });
  const workflow = parse(readFileSync(".github/workflows/intake.yml", "utf8")) as {
    on: { repository_dispatch: { types: string[] } };
  };
  expect(workflow.on.repository_dispatch.types).toContain(sent.event_type);
});

test("nothing is lost in silence: it is tried for a day, then kept, and somebody is told", () => {
  const [target] = Rule?.Properties.Targets ?? [];
  expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
  expect(target.DeadLetterConfig).toEqual({ Arn: { GetAtt: "Undelivered.Arn" } });
  expect(Undelivered?.Properties).toMatchObject({
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: 1_209_600,
  });
  expect(UndeliveredAlarm?.Properties).toMatchObject({
    MetricName: "ApproximateNumberOfMessagesVisible",
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmActions: [{ Ref: "AlarmTopic" }],
  });
});

test("the role may send to this destination and nothing else, for this rule alone", () => {
  const { AssumeRolePolicyDocument: trust, Policies } = InvokeRole?.Properties ?? {};
  expect(Policies).toHaveLength(1);
  expect(Policies[0].PolicyDocument.Statement).toEqual([
    {
      Sid: "Send",
      Effect: "Allow",
      Action: "events:InvokeApiDestination",
      Resource: { GetAtt: "Destination.Arn" },
    },
  ]);
  expect(trust.Statement).toHaveLength(1);
  expect(trust.Statement[0].Condition).toHaveProperty("ArnEquals");
  const [allowed, denied] = UndeliveredPolicy?.Properties.PolicyDocument.Statement ?? [];
  expect(allowed).toMatchObject({
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Condition: { ArnEquals: { "aws:SourceArn": { GetAtt: "Rule.Arn" } } },
  });
  expect(denied).toMatchObject({ Effect: "Deny", Principal: "*" });
});
