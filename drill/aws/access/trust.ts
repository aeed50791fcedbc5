/** Whom a stack's role lets in, as STS is told. */
import type { RoleTrust } from "../sts.ts";
import type { TemplateRole } from "./roles.ts";

const ISSUER = "token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";

/**
 * The audience, subjects and AWS services of its trust policy. Throws where a statement is none that lets in a service
 * or, by equality of `aud` and `sub`, a job's token: anything else would be taken for another trust than it is.
 */
export function trustOf({ arn, trust, maxSession }: TemplateRole): RoleTrust {
  const subjects: string[] = [];
  const services: string[] = [];
  for (const { Effect, Action, Principal, Condition = {} } of trust) {
    const { StringEquals = {}, ...others } = Condition;
    const { [`${ISSUER}:aud`]: audience, [`${ISSUER}:sub`]: subject, ...more } = StringEquals;
    if (Effect !== "Allow" || Object.keys(others).length > 0) throw notSimulated(arn);
    if (Action === "sts:AssumeRole" && Principal.Service !== undefined) services.push(Principal.Service);
    else if (
      Action === "sts:AssumeRoleWithWebIdentity" &&
      Principal.Federated?.endsWith(`:oidc-provider/${ISSUER}`) &&
      audience === AUDIENCE &&
      subject !== undefined &&
      Object.keys(more).length === 0
    )
      subjects.push(...[subject].flat());
    else throw notSimulated(arn);
  }
  // STS knows wildcards in subjects, equality has none.
  if (subjects.some((subject) => /[*?]/.test(subject))) throw notSimulated(arn);
  return { roleArn: arn, audience: AUDIENCE, subjects, services, maxDurationSeconds: maxSession };
}

function notSimulated(arn: string): Error {
  return new Error(`the trust policy of ${arn} is none that is simulated`);
}
