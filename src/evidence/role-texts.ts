import {
  GetRoleCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  type Role,
} from "@aws-sdk/client-iam";
import type { Aws } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";

/** A role's own policies, as the text that IAM gives. */
export interface RoleTexts {
  role: Role;
  arn: string;
  /** `/` at the least. */
  path: string;
  trust: string;
  /** Inline policies by name, in the order of their names. */
  inline: ReadonlyMap<string, string>;
}

/** The digests by which a manifest documents a role's own policies. */
export interface RoleDigests {
  trustSha256: string;
  inline: { name: string; sha256: string }[];
}

/**
 * Reads a role's trust policy and inline policies, each as the text that IAM keeps: IAM gives them URL-encoded
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html). Undefined when there is no such role.
 */
export async function readRoleTexts(iam: Aws["iam"], name: string): Promise<RoleTexts | undefined> {
  const role = await getRole(iam, name);
  if (!role) return undefined;
  const inline = new Map<string, string>();
  for (const policy of await inlineNames(iam, name)) {
    const text = await inlineText(iam, name, policy);
    if (text !== undefined) inline.set(policy, text);
  }
  const { Arn: arn = "", Path: path = "/" } = role;
  return { role, arn, path, trust: decoded(role.AssumeRolePolicyDocument), inline };
}

/** The role alone, without its policies. Undefined when there is none of that name. */
export async function getRole(iam: Aws["iam"], name: string): Promise<Role | undefined> {
  return orUndefined(async () => (await iam.send(new GetRoleCommand({ RoleName: name }))).Role);
}

/** The text of a role's trust policy. */
export function trustText(role: Role): string {
  return decoded(role.AssumeRolePolicyDocument);
}

/** The text of one inline policy; undefined when the role has none of that name. */
export async function inlineText(iam: Aws["iam"], role: string, policy: string): Promise<string | undefined> {
  const command = new GetRolePolicyCommand({ RoleName: role, PolicyName: policy });
  return orUndefined(async () => decoded((await iam.send(command)).PolicyDocument));
}

export function digestsOf({ trust, inline }: Pick<RoleTexts, "trust" | "inline">): RoleDigests {
  return {
    trustSha256: sha256(trust),
    inline: [...inline].map(([name, text]) => ({ name, sha256: sha256(text) })),
  };
}

async function inlineNames(iam: Aws["iam"], RoleName: string): Promise<string[]> {
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new ListRolePoliciesCommand({ RoleName, ...(Marker ? { Marker } : {}) }));
    names.push(...(page.PolicyNames ?? []));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return names.sort();
}

async function orUndefined<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
    throw error;
  }
}

function decoded(text: string | undefined): string {
  return decodeURIComponent(text ?? "");
}
