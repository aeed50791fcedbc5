import {
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startMoto } from "../../drill/conformance/moto.ts";
import { roleParameters, vaultParameters } from "../../scripts/setup/stack-parameters.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { AROUND, type Stacks, stacks, template } from "../support/stacks.ts";

const executable = process.env.FIREBREAK_MOTO_SERVER ?? "";
const title = "moto makes infra/'s stacks, with the policies that the drill resolves from them";
/** moto's own account. */
const MOTO = "123456789012";

/** CloudFormation's query protocol; moto looks at the service's name in the signature, and no further. */
async function cloudFormation(url: string, form: Record<string, string>): Promise<string> {
  const scope = "Credential=any/20260101/eu-west-1/cloudformation/aws4_request";
  const answer = await fetch(url, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=any` },
    body: new URLSearchParams({ Version: "2010-05-15", ...form }),
  });
  return answer.text();
}

async function deploy(
  url: string,
  name: "vault" | "roles",
  parameters: Record<string, string>,
): Promise<string> {
  const members = Object.entries(parameters).flatMap(([key, value], index) => [
    [`Parameters.member.${index + 1}.ParameterKey`, key],
    [`Parameters.member.${index + 1}.ParameterValue`, value],
  ]);
  const made = await cloudFormation(url, {
    Action: "CreateStack",
    StackName: name,
    TemplateBody: template(name),
    "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    ...Object.fromEntries(members),
  });
  if (!made.includes("<StackId>")) return made;
  const described = await cloudFormation(url, { Action: "DescribeStacks", StackName: name });
  return /<StackStatus>(\w+)<\/StackStatus>/.exec(described)?.[1] ?? described;
}

/**
 * moto shows the inline policies of a stack's role as Python writes them, with a None where AWS::NoValue stood; AWS takes
 * the member away: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
 */
function readPolicy(text: string | undefined): unknown {
  const plain = decodeURIComponent(text ?? "");
  return JSON.parse(plain.startsWith("{'") ? plain.replaceAll("'", '"').replaceAll(", None", "") : plain);
}

if (executable === "") {
  test.skip(`${title} (set FIREBREAK_MOTO_SERVER to the moto_server executable; .ci/run does)`, () => {});
} else {
  describe(title, () => {
    let moto: Awaited<ReturnType<typeof startMoto>>;
    let resolved: Stacks;
    let iam: IAMClient;
    beforeAll(async () => {
      moto = await startMoto(executable);
      resolved = await stacks({}, MOTO);
      const credentials = { accessKeyId: "any", secretAccessKey: "any" };
      iam = new IAMClient({ region: "eu-west-1", endpoint: moto.url, credentials });
    });
    afterAll(async () => {
      iam.destroy();
      await moto.close();
    });

    test("both are complete", async () => {
      const runbook = await loadRunbook("runbook.yml");
      expect(await deploy(moto.url, "vault", vaultParameters(runbook, "dev"))).toBe("CREATE_COMPLETE");
      expect(await deploy(moto.url, "roles", roleParameters(runbook, "dev", AROUND))).toBe("CREATE_COMPLETE");
    }, 60_000);

    test.each([
      ["EvidenceRole", "firebreak-evidence-dev", "evidence"],
      ["ContainmentRole", "firebreak-containment-dev", "containment"],
      ["BatchCopyRole", "firebreak-batch-copy-dev", "batch-copy"],
    ])("%s: its trust and its policy", async (logicalId, RoleName, PolicyName) => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      const { AssumeRolePolicyDocument, Policies } = resolved.resources[logicalId]?.properties ?? {};
      const [policy] = Policies as { PolicyDocument: unknown }[];
      expect(readPolicy(Role?.AssumeRolePolicyDocument)).toEqual(AssumeRolePolicyDocument);
      expect(readPolicy(PolicyDocument)).toEqual(policy?.PolicyDocument);
    });

    test("Never: what is denied", async () => {
      const PolicyArn = `arn:aws:iam::${MOTO}:policy/firebreak-never-dev`;
      const found = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
      expect(readPolicy(found.PolicyVersion?.Document)).toEqual(
        resolved.resources.Never?.properties.PolicyDocument,
      );
    });
  });
}
