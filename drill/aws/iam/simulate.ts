/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html, for roles. */
import { AwsError, notImplemented } from "../errors.ts";
import { required } from "../query.ts";
import type { CallContext } from "../service.ts";
import type { XmlObject } from "../xml.ts";
import { evaluate } from "./evaluate.ts";
import type { IamStore } from "./store.ts";

const KNOWN =
  /^(Action|Version|PolicySourceArn|ActionNames\.member\.\d+|ResourceArns\.member\.\d+|ContextEntries\.member\.1\.(ContextKeyName|ContextKeyType|ContextKeyValues\.member\.1))$/;

export function simulatePrincipalPolicy(
  form: URLSearchParams,
  store: IamStore,
  { log, clock }: CallContext,
): XmlObject {
  const unknown = [...form.keys()].find((name) => !KNOWN.test(name));
  if (unknown) throw notImplemented(`the parameter ${unknown} of iam:SimulatePrincipalPolicy`);
  const arn = required(form, "PolicySourceArn");
  log(arn);
  const role = store.role(arn.slice(arn.lastIndexOf("/") + 1));
  if (role.arn !== arn) throw new AwsError("NoSuchEntity", `The entity ${arn} cannot be found.`, 404);
  const members = (name: string) =>
    [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
  const resources = members("ResourceArns");
  const issuedAt = tokenIssueTime(form);
  const results = members("ActionNames").flatMap((action) =>
    (resources.length > 0 ? resources : ["*"]).map((resource) => {
      const { decision, by } = evaluate(store, store.inEffect(role, clock.now()), {
        action,
        resource,
        issuedAt,
      });
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decision,
        MatchedStatements: {
          member: by.map((id) => ({ SourcePolicyId: id, SourcePolicyType: "IAM Policy" })),
        },
        MissingContextValues: { member: [] },
      };
    }),
  );
  return { EvaluationResults: { member: results }, IsTruncated: false };
}

function tokenIssueTime(form: URLSearchParams): number | null {
  const entry = "ContextEntries.member.1";
  if (form.get(`${entry}.ContextKeyName`)?.toLowerCase() !== "aws:tokenissuetime") return null;
  const at = Date.parse(form.get(`${entry}.ContextKeyValues.member.1`) ?? "");
  if (Number.isNaN(at)) throw new AwsError("InvalidInput", "A date is expected for aws:TokenIssueTime.", 400);
  return at;
}
