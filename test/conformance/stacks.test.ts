import {
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  type PutBucketVersioningCommandInput,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type PutObjectLockConfigurationCommandInput,
  PutPublicAccessBlockCommand,
  type PutPublicAccessBlockCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startMoto } from "../../drill/conformance/moto.ts";
import { template } from "../../drill/scenario/stacks.ts";
import { roleParameters, vaultParameters } from "../../scripts/setup/stack-parameters.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { AROUND, type DevStacks, stacks } from "../support/stacks.ts";

const executable = process.env.FIREBREAK_MOTO_SERVER ?? "";
const title = "moto makes infra/'s stacks, with the policies that the drill resolves from them";
/** moto's own account. */
const MOTO = "123456789012";
const VAULT = "nn-aiconnectors-vault-dev";

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
    let resolved: DevStacks;
    let iam: IAMClient;
    let s3: S3Client;
    beforeAll(async () => {
      moto = await startMoto(executable);
      resolved = await stacks({}, MOTO);
      const credentials = { accessKeyId: "any", secretAccessKey: "any" };
      const config = { region: "eu-west-1", endpoint: moto.url, credentials };
      iam = new IAMClient(config);
      s3 = new S3Client({ ...config, forcePathStyle: true });
    });
    afterAll(async () => {
      iam.destroy();
      s3.destroy();
      await moto.close();
    });

    async function bucket(name: string, ObjectLockEnabledForBucket: boolean): Promise<string> {
      const Bucket = `by-its-own-calls-${name}`;
      const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
      await s3.send(
        new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket }),
      );
      return Bucket;
    }

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

    test("both roles let jobs in by both forms of the OIDC subject", async () => {
      for (const RoleName of ["firebreak-evidence-dev", "firebreak-containment-dev"]) {
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        const trust = readPolicy(Role?.AssumeRolePolicyDocument) as {
          Statement: { Condition: { StringEquals: Record<string, string[]> } }[];
        };
        const [statement] = trust.Statement;
        const subjects = statement?.Condition.StringEquals["token.actions.githubusercontent.com:sub"] ?? [];
        expect(subjects.filter((subject) => subject.startsWith("repo:acme/platform:"))).not.toEqual([]);
        expect(
          subjects.map((subject) => subject.replace("@41234567/platform@812345678:", "/platform:")),
        ).toEqual(expect.arrayContaining(subjects.filter((subject) => !subject.includes("@"))));
        expect(new Set(subjects).size).toBe(subjects.length);
        expect(subjects.filter((subject) => subject.includes("@"))).toHaveLength(subjects.length / 2);
        expect(Role?.MaxSessionDuration).toBe(7200);
      }
    });

    test("the vault is encrypted", async () => {
      const { ServerSideEncryptionConfiguration } = await s3.send(
        new GetBucketEncryptionCommand({ Bucket: VAULT }),
      );
      const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
      expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
    });

    // Of a stack's bucket moto makes no more than the encryption, and of a bucket's policy nothing: S3's own calls do,
    // with what the template says, in place of CloudFormation.
    test("the vault's Object Lock, versioning and public access block are what S3 takes and gives back", async () => {
      const properties: unknown = resolved.resources.VaultBucket?.properties ?? {};
      const { VersioningConfiguration, ObjectLockConfiguration, PublicAccessBlockConfiguration } =
        properties as PutObjectLockConfigurationCommandInput &
          PutBucketVersioningCommandInput &
          PutPublicAccessBlockCommandInput;
      const Bucket = await bucket("vault", true);
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));

      expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
      const lock = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
      expect(lock.ObjectLockConfiguration).toMatchObject({
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 365 } },
      });
      const access = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      expect(Object.values(access.PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: "item", Body: "text" }));
      await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "item", VersionId }))).rejects.toThrow(
        "Access Denied",
      );
    });

    test.each(["VaultBucketPolicy", "ExportBucketPolicy"])(
      "%s is what S3 takes and gives back",
      async (id) => {
        const document = resolved.resources[id]?.properties.PolicyDocument;
        const Bucket = await bucket(id.toLowerCase(), false);
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(document) }));
        const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
        expect(JSON.parse(Policy)).toEqual(document);
      },
    );

    test("Never: what is denied", async () => {
      const PolicyArn = `arn:aws:iam::${MOTO}:policy/firebreak-never-dev`;
      const found = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
      expect(readPolicy(found.PolicyVersion?.Document)).toEqual(
        resolved.resources.Never?.properties.PolicyDocument,
      );
    });
  });
}
