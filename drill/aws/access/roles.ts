/** The roles of a CloudFormation template, with everything that decides what they may do. */
import type { Statement } from "./decide.ts";
import type { Json, Resource } from "./template.ts";

export interface TemplateRole {
  /** Its logical id, for example `EvidenceRole`. */
  id: string;
  arn: string;
  /** Seconds. */
  maxSession: number;
  trust: TrustStatement[];
  /** Of its inline policies, and of the managed policies of the same template. */
  statements: Statement[];
}

export interface TrustStatement extends Omit<Statement, "Resource"> {
  Principal: Readonly<Record<string, string>>;
}

type Document = { Statement: Json };

/** By ARN. A managed policy that the template does not hold is taken to allow nothing. */
export function rolesOf(
  resources: Readonly<Record<string, Resource>>,
  accountId: string,
): Map<string, TemplateRole> {
  const managed = new Map(
    ofType(resources, "AWS::IAM::ManagedPolicy").map(([, { ManagedPolicyName, PolicyDocument }]) => [
      `arn:aws:iam::${accountId}:policy/${ManagedPolicyName}`,
      statementsOf(PolicyDocument),
    ]),
  );
  return new Map(
    ofType(resources, "AWS::IAM::Role").map(([id, role]) => {
      const arn = `arn:aws:iam::${accountId}:role/${role.RoleName}`;
      const inline = ((role.Policies ?? []) as { PolicyDocument: Json }[]).flatMap(({ PolicyDocument }) =>
        statementsOf(PolicyDocument),
      );
      const attached = ((role.ManagedPolicyArns ?? []) as string[]).flatMap(
        (name) => managed.get(name) ?? [],
      );
      const trust = statementsOf(role.AssumeRolePolicyDocument) as unknown as TrustStatement[];
      const maxSession = Number(role.MaxSessionDuration ?? 3600);
      return [arn, { id, arn, maxSession, trust, statements: [...inline, ...attached] }];
    }),
  );
}

function ofType(resources: Readonly<Record<string, Resource>>, wanted: string) {
  return Object.entries(resources)
    .filter(([, { type }]) => type === wanted)
    .map(([id, { properties }]) => [id, properties] as const);
}

function statementsOf(document: Json | undefined): Statement[] {
  return [(document as unknown as Document).Statement].flat() as unknown as Statement[];
}
