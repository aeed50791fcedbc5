/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html, for a caller who may do everything
 * but what a bucket's policy denies.
 */
import { AwsError, notImplemented } from "../errors.ts";
import { required } from "../query.ts";
import { isDenied, parsePolicy } from "../s3/policy.ts";
import type { CallContext } from "../service.ts";
import type { XmlObject } from "../xml.ts";

const KNOWN =
  /^(Action|Version|PolicyInputList\.member\.1|ActionNames\.member\.\d+|ResourceArns\.member\.\d+|ResourcePolicy|CallerArn)$/;

/** The one identity policy that is simulated. */
const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };

export function simulateCustomPolicy(form: URLSearchParams, { log }: CallContext): XmlObject {
  const unknown = [...form.keys()].find((name) => !KNOWN.test(name));
  if (unknown) throw notImplemented(`the parameter ${unknown} of iam:SimulateCustomPolicy`);
  const identity = JSON.parse(required(form, "PolicyInputList.member.1")) as { Statement?: unknown };
  if (JSON.stringify(identity.Statement) !== JSON.stringify([EVERYTHING]))
    throw notImplemented("an identity policy that does not allow everything, of iam:SimulateCustomPolicy");
  const caller = required(form, "CallerArn");
  log(caller);
  const [, accountId] = /^arn:aws:iam::(\d{12}):user\/.+$/.exec(caller) ?? [];
  if (accountId === undefined)
    throw new AwsError("InvalidInput", `${caller} is not the ARN of an IAM user.`, 400);
  const policy = parsePolicy(required(form, "ResourcePolicy"));
  const members = (name: string) =>
    [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
  const results = members("ActionNames").flatMap((action) =>
    members("ResourceArns").map((resource) => {
      const principal = { roleArn: caller, sessionArn: caller, accountId };
      const conditions = { "aws:principalarn": caller, "aws:principalaccount": accountId };
      const denied = isDenied(policy, { action, resource, principal, conditions });
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: denied ? "explicitDeny" : "allowed",
        MatchedStatements: { member: [] },
        MissingContextValues: { member: [] },
      };
    }),
  );
  return { EvaluationResults: { member: results }, IsTruncated: false };
}
