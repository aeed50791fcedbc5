import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { type IAMClient, PutRolePolicyCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type PreservePlatform,
  REGION,
  startPreservePlatform,
  target,
} from "../../support/preserve-platform.ts";

const RoleName = `${target.service}-task`;
const ARN = `arn:aws:iam::111122223333:role/${RoleName}`;

describe("the simulated AWS, about sessions of a role that is revoked", () => {
  let platform: PreservePlatform;
  let iam: IAMClient;
  let moment: Date;
  beforeEach(async () => {
    platform = await startPreservePlatform();
    iam = platform.aws.iam as IAMClient;
    moment = new Date(platform.clock.now() - 60_000);
  });
  afterEach(() => platform.close());

  function deny(): Promise<unknown> {
    const Condition = { DateLessThan: { "aws:TokenIssueTime": moment.toISOString() } };
    const Statement = [{ Effect: "Deny", Action: "*", Resource: "*", Condition }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "older", PolicyDocument }));
  }

  async function decisions(began: number): Promise<unknown[]> {
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: ARN,
        ActionNames: ["s3:PutObject", "ssm:GetParameter"],
        ContextEntries: [
          {
            ContextKeyName: "aws:TokenIssueTime",
            ContextKeyType: "date",
            ContextKeyValues: [new Date(began).toISOString()],
          },
        ],
      }),
    );
    return (EvaluationResults ?? []).map(({ EvalDecision, MatchedStatements }) => [
      EvalDecision,
      ...(MatchedStatements ?? []).map(({ SourcePolicyId }) => SourcePolicyId),
    ]);
  }

  /** What a session of the role gets from ECS and from STS. */
  async function callAs(ageSeconds: number): Promise<string[]> {
    const credentials = platform.server.sessions.issue({ roleArn: ARN, ageSeconds });
    const config = { region: REGION, endpoint: platform.server.url, credentials };
    const [ecs, sts] = [new ECSClient(config), new STSClient(config)];
    const services = { cluster: target.cluster, services: [target.service] };
    const answers = await Promise.allSettled([
      ecs.send(new DescribeServicesCommand(services)),
      sts.send(new GetCallerIdentityCommand({})),
    ]);
    ecs.destroy();
    sts.destroy();
    return answers.map((answer) =>
      answer.status === "fulfilled" ? "accepted" : (answer.reason as Error).name,
    );
  }

  test("older ones are refused by every service but for GetCallerIdentity, newer ones are not", async () => {
    expect(await callAs(120)).toEqual(["accepted", "accepted"]);
    await deny();
    expect(await callAs(120)).toEqual([expect.stringMatching(/^AccessDenied/), "accepted"]);
    expect(await callAs(0)).toEqual(["accepted", "accepted"]);
  });

  test("the policy simulator says the same, and which policy decides", async () => {
    const before = [["allowed", `role_${RoleName}_write-audit-log`], ["implicitDeny"]];
    expect(await decisions(0)).toEqual(before);
    await deny();
    const denied = ["explicitDeny", `role_${RoleName}_older`];
    expect(await decisions(moment.getTime() - 1)).toEqual([denied, denied]);
    expect(await decisions(moment.getTime())).toEqual(before);
  });

  test("a change takes as long as it is told to until calls are decided by it", async () => {
    platform.server.iam.store.propagationMs = 30_000;
    await deny();
    expect((await callAs(120))[0]).toBe("accepted");
    await platform.clock.sleep(31_000);
    expect((await callAs(120))[0]).toMatch(/^AccessDenied/);
  });

  test("a trust policy that lets nobody in lets nobody in", async () => {
    platform.server.sts.trust({
      roleArn: ARN,
      audience: "sts.amazonaws.com",
      subjects: [],
      assumableBy: [target.evidenceRole],
    });
    const credentials = platform.server.sessions.issue({ roleArn: target.evidenceRole });
    const sts = new STSClient({ region: REGION, endpoint: platform.server.url, credentials });
    const assume = () => sts.send(new AssumeRoleCommand({ RoleArn: ARN, RoleSessionName: "drill" }));
    expect((await assume()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    platform.server.iam.store.role(RoleName).trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    });
    await expect(assume()).rejects.toMatchObject({ name: "AccessDenied" });
    sts.destroy();
  });
});
