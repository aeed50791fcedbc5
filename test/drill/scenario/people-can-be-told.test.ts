import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import { planWorld } from "../../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../../drill/scenario/platform.ts";
import { scenarioSchema } from "../../../drill/scenario/schema.ts";
import { notificationsOf } from "../../../scripts/setup/notifications.ts";
import { roleParameters } from "../../../scripts/setup/stack-parameters.ts";
import { checkRunbook } from "../../../src/runbook/check.ts";

/** What the runbook tells people by is there in a drill, and the evidence role may use it and nothing else. */

const SOURCE = readFileSync(join(import.meta.dirname, "../../../runbook.yml"), "utf8");
const SLACK = "/firebreak/{env}/webhooks/oncall";
const runbook = read(
  SOURCE.replace(
    "      topic: aiconnectors-alarms-{env}\n      from: low",
    `      topic: aiconnectors-alarms-{env}\n      channels: [{ slack: "${SLACK}" }, { sns: "managers-{env}" }]\n      from: low`,
  ),
);

function read(text: string) {
  const { runbook: checked, errors } = checkRunbook(text);
  if (!checked) throw new Error(JSON.stringify(errors));
  return checked;
}

describe("the stacks' parameters", () => {
  const around = {
    repository: "acme/platform",
    ownerId: 1,
    repositoryId: 2,
    defaultBranch: "main",
    trailBucket: null,
    deliveryBucket: null,
  };

  test("name each topic, sender and webhook of the environment, by its ARN", () => {
    expect(notificationsOf(runbook, "dev")).toEqual({
      topics: ["aiconnectors-alarms-dev", "managers-dev"],
      webhooks: [{ kind: "slack", parameter: "/firebreak/dev/webhooks/oncall" }],
    });
    const place = "eu-west-1:111122223333";
    expect(roleParameters(runbook, "dev", around)).toMatchObject({
      Topics: `arn:aws:sns:${place}:aiconnectors-alarms-dev,arn:aws:sns:${place}:managers-dev`,
      EmailFrom: "incidents@example.com",
      EmailIdentities: `arn:aws:ses:${place}:identity/incidents@example.com,arn:aws:ses:${place}:identity/example.com`,
      WebhookParameters: `arn:aws:ssm:${place}:parameter/firebreak/dev/webhooks/oncall`,
    });
  });

  test("leave out what the runbook does not have", () => {
    const silent = read(SOURCE.replace(/^ {2}email_from: .*\n/m, ""));
    const given = Object.keys(roleParameters(silent, "dev", around));
    expect(given).toContain("Topics");
    expect(given).not.toEqual(expect.arrayContaining(["EmailFrom"]));
    expect(given).not.toEqual(expect.arrayContaining(["WebhookParameters"]));
  });
});

describe("a drill's platform", () => {
  let platform: Platform;
  beforeAll(async () => {
    const scenario = scenarioSchema.parse({
      name: "told",
      description: "Nothing happens.",
      dispatch: { inputs: { mcp: "servicenow" } },
      attacker: null,
      mcps: [{ name: "servicenow", tasks: 1, log: { events_per_task: 1 }, audit: { objects_per_hour: 0 } }],
    });
    const start = Date.now();
    const plan = planWorld(scenario, runbook, 1, start);
    platform = await startPlatform(scenario, plan, 1, createClock({ speed: 1, start }));
  });
  afterAll(() => platform.close());

  test("has the topics, and the webhook's URL in a parameter that is a secret", () => {
    expect(platform.aws.sns.topics().map((arn) => arn.split(":").at(-1))).toEqual([
      "aiconnectors-alarms-dev",
      "managers-dev",
    ]);
    const parameter = platform.ssm.store.get("/firebreak/dev/webhooks/oncall");
    expect(parameter.latest.type).toBe("SecureString");
    expect(parameter.latest.value).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/services\/T\w+\/B\w+\/\w{24}$/);
  });

  test("takes a message there, and keeps it under the parameter's name", async () => {
    const { value } = platform.ssm.store.get("/firebreak/dev/webhooks/oncall").latest;
    const answer = await fetch(value, { method: "POST", body: JSON.stringify({ text: "High: INC-1" }) });
    expect(await answer.text()).toBe("ok");
    expect(platform.messages.all()).toMatchObject([
      { channel: "slack", to: "/firebreak/dev/webhooks/oncall", text: "High: INC-1" },
    ]);
  });

  test("has the vault of the runbook's other environment, for those who ask every environment", () => {
    const buckets = platform.aws.s3.buckets().map(({ name }) => name);
    expect(buckets).toEqual(
      expect.arrayContaining(["nn-aiconnectors-vault-dev", "nn-aiconnectors-vault-prod"]),
    );
  });
});
