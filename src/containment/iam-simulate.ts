import {
  type EvaluationResult,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandOutput,
} from "@aws-sdk/client-iam";
import type { Aws } from "../ports.ts";

/** Of several services; GetCallerIdentity is left out, which no policy can deny. */
const ACTIONS = ["s3:GetObject", "ssm:GetParameter", "ecs:UpdateService", "iam:PassRole", "sts:AssumeRole"];

export interface Simulated {
  action: string;
  /** `allowed`, `explicitDeny` or `implicitDeny`. */
  decision: string;
  /** Ids of the policies that decided. */
  by: string[];
}

/**
 * What IAM itself would decide about calls of a session of the role that began at a moment. It evaluates the role's
 * policies and the organisation's; it makes none of the calls
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
 */
export async function simulateSession(iam: Aws["iam"], roleArn: string, began: Date): Promise<Simulated[]> {
  const results: EvaluationResult[] = [];
  let Marker: string | undefined;
  do {
    const page: SimulatePrincipalPolicyCommandOutput = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn,
        ActionNames: ACTIONS,
        ContextEntries: [
          {
            ContextKeyName: "aws:TokenIssueTime",
            ContextKeyType: "date",
            ContextKeyValues: [began.toISOString()],
          },
        ],
        ...(Marker ? { Marker } : {}),
      }),
    );
    results.push(...(page.EvaluationResults ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return results.map(({ EvalActionName, EvalDecision, MatchedStatements }) => ({
    action: EvalActionName ?? "",
    decision: EvalDecision ?? "",
    by: (MatchedStatements ?? []).map(({ SourcePolicyId }) => SourcePolicyId ?? ""),
  }));
}
