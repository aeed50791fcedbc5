import { SimulateCustomPolicyCommand } from "@aws-sdk/client-iam";
import type { Aws } from "../ports.ts";
import type { Target } from "../runbook/target.ts";

const DELETING = ["s3:DeleteObject", "s3:DeleteObjectVersion"];

/** Lets its holder do everything: whatever is denied all the same, the bucket's policy denies. */
const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

export interface Deletion {
  action: string;
  /** `allowed`, `explicitDeny` or `implicitDeny`. */
  decision: string;
}

/** An ARN in the target's partition. */
export function bucketArn({
  auditBucket,
  containmentRole,
}: Pick<Target, "auditBucket" | "containmentRole">): string {
  return `arn:${containmentRole.split(":")[1] ?? "aws"}:s3:::${auditBucket}`;
}

/**
 * What IAM would decide about deleting a record under a bucket policy, for a user of the account who may do everything
 * else. IAM evaluates the texts it is given and makes no call; a resource's policy it evaluates for users alone, who need
 * not exist (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html).
 */
export async function simulateDeletion(
  iam: Aws["iam"],
  target: Pick<Target, "auditBucket" | "containmentRole" | "accountId">,
  policy: string,
): Promise<Deletion[]> {
  const arn = bucketArn(target);
  const { EvaluationResults = [] } = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [EVERYTHING],
      ActionNames: DELETING,
      ResourceArns: [`${arn}/any-record`],
      ResourcePolicy: policy,
      CallerArn: `arn:${arn.split(":")[1]}:iam::${target.accountId}:user/anybody`,
    }),
  );
  return EvaluationResults.map(({ EvalActionName, EvalDecision }) => ({
    action: EvalActionName ?? "",
    decision: EvalDecision ?? "",
  }));
}
