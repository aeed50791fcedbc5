import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  type Role,
} from "@aws-sdk/client-iam";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";
import { patiently } from "../patience.ts";
import type { Gap } from "../source-schema.ts";

/** An IAM role with everything that says who may use it and what it may do. */
export interface RoleDocument {
  role: Omit<Role, "AssumeRolePolicyDocument"> & { AssumeRolePolicyDocument: unknown };
  inlinePolicies: { name: string; document: unknown }[];
  attachedPolicies: ManagedPolicy[];
  permissionsBoundary: ManagedPolicy | null;
}

interface ManagedPolicy {
  arn: string;
  defaultVersion: string | null;
  document: unknown;
}

/** The name in a role's ARN, behind its path. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/**
 * Reads a role: trust policy, tags and last use, inline policies, attached policies and the permissions boundary with
 * their default versions. Read-only. What of it cannot be read is named in the gaps, and the rest is given.
 * @throws Error when the role itself cannot be read.
 */
export async function readRole(
  context: SourceContext,
  arn: string,
): Promise<{ document: RoleDocument; gaps: Gap[] }> {
  const { clock, aws } = context;
  const RoleName = roleName(arn);
  const gaps: Gap[] = [];
  const { Role: role } = await patiently(clock, () => aws.iam.send(new GetRoleCommand({ RoleName })));
  if (!role) throw new Error("IAM answered without a role");
  const attempt = async <Value>(
    what: string,
    otherwise: Value,
    read: () => Promise<Value>,
  ): Promise<Value> => {
    try {
      return await read();
    } catch (error) {
      gaps.push({ what, why: `${(error as Error).name}: ${(error as Error).message}` });
      return otherwise;
    }
  };

  const names = await attempt(`inline policies of role ${RoleName}`, [], () =>
    inlineNames(context, RoleName),
  );
  const inlinePolicies: RoleDocument["inlinePolicies"] = [];
  for (const name of names) {
    const document = await attempt<unknown>(`inline policy ${name} of role ${RoleName}`, null, async () => {
      const command = new GetRolePolicyCommand({ RoleName, PolicyName: name });
      return policyText((await patiently(clock, () => aws.iam.send(command))).PolicyDocument);
    });
    inlinePolicies.push({ name, document });
  }

  const managed = (policy: string) =>
    attempt<ManagedPolicy>(
      `policy ${policy} of role ${RoleName}`,
      { arn: policy, defaultVersion: null, document: null },
      () => readManaged(context, policy),
    );
  const attached = await attempt(`attached policies of role ${RoleName}`, [], () =>
    attachedArns(context, RoleName),
  );
  const attachedPolicies: ManagedPolicy[] = [];
  for (const policy of attached) attachedPolicies.push(await managed(policy));
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
  const document = {
    role: { ...role, AssumeRolePolicyDocument: policyText(role.AssumeRolePolicyDocument) },
    inlinePolicies,
    attachedPolicies,
    permissionsBoundary: boundary === undefined ? null : await managed(boundary),
  };
  return { document, gaps };
}

async function inlineNames({ clock, aws }: SourceContext, RoleName: string): Promise<string[]> {
  const names: string[] = [];
  const listing = pages(
    clock,
    (Marker) => aws.iam.send(new ListRolePoliciesCommand({ RoleName, ...(Marker ? { Marker } : {}) })),
    ({ IsTruncated, Marker }) => (IsTruncated ? Marker : undefined),
  );
  for await (const { PolicyNames } of listing) names.push(...(PolicyNames ?? []));
  return names;
}

async function attachedArns({ clock, aws }: SourceContext, RoleName: string): Promise<string[]> {
  const arns: string[] = [];
  const listing = pages(
    clock,
    (Marker) =>
      aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName, ...(Marker ? { Marker } : {}) })),
    ({ IsTruncated, Marker }) => (IsTruncated ? Marker : undefined),
  );
  for await (const { AttachedPolicies } of listing)
    for (const { PolicyArn } of AttachedPolicies ?? []) if (PolicyArn !== undefined) arns.push(PolicyArn);
  return arns;
}

async function readManaged({ clock, aws }: SourceContext, PolicyArn: string): Promise<ManagedPolicy> {
  const { Policy } = await patiently(clock, () => aws.iam.send(new GetPolicyCommand({ PolicyArn })));
  const VersionId = Policy?.DefaultVersionId;
  if (VersionId === undefined) throw new Error("IAM names no default version");
  const command = new GetPolicyVersionCommand({ PolicyArn, VersionId });
  const { PolicyVersion } = await patiently(clock, () => aws.iam.send(command));
  return { arn: PolicyArn, defaultVersion: VersionId, document: policyText(PolicyVersion?.Document) };
}

/** IAM gives policies as URL-encoded JSON: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
function policyText(encoded: string | undefined): unknown {
  return encoded === undefined ? null : (JSON.parse(decodeURIComponent(encoded)) as unknown);
}
