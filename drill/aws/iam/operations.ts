/** What IAM answers about roles and policies, and the few changes to roles that it takes. */
import { AwsError } from "../errors.ts";
import { refuseUnknown, required } from "../query.ts";
import type { CallContext } from "../service.ts";
import type { XmlObject } from "../xml.ts";
import { simulatePrincipalPolicy } from "./simulate.ts";
import { simulateCustomPolicy } from "./simulate-custom.ts";
import { type IamStore, missing, type Policy, type Role } from "./store.ts";

/** Null where the operation gives nothing back. */
export type IamOperation = (form: URLSearchParams, store: IamStore, context: CallContext) => XmlObject | null;

export const IAM_OPERATIONS: Readonly<Record<string, IamOperation>> = {
  GetRole: (form, store, context) => ({ Role: roleOnWire(roleOf(form, store, context, [])) }),
  ListRolePolicies: (form, store, context) => {
    const role = roleOf(form, store, context, PAGING);
    return page(form, [...role.inline.keys()].sort(), (names) => ({ PolicyNames: { member: names } }));
  },
  GetRolePolicy: (form, store, context) => {
    const role = roleOf(form, store, context, ["PolicyName"]);
    const name = policyName(form);
    const document = role.inline.get(name) ?? noInlinePolicy(name);
    return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(document) };
  },
  ListAttachedRolePolicies: (form, store, context) => {
    const role = roleOf(form, store, context, PAGING);
    return page(form, role.attached, (arns) => ({
      AttachedPolicies: {
        member: arns.map((arn) => ({ PolicyName: store.policy(arn).name, PolicyArn: arn })),
      },
    }));
  },
  GetPolicy: (form, store, context) => ({ Policy: policyOnWire(policyOf(form, store, context, [])) }),
  GetPolicyVersion: (form, store, context) => {
    const policy = policyOf(form, store, context, ["VersionId"]);
    const versionId = required(form, "VersionId");
    const document = policy.versions[Number(/^v(\d+)$/.exec(versionId)?.[1] ?? 0) - 1];
    if (document === undefined) return missing(`Policy ${policy.arn} version ${versionId} does not exist.`);
    return {
      PolicyVersion: {
        Document: encodeURIComponent(document),
        VersionId: versionId,
        IsDefaultVersion: versionId === `v${policy.versions.length}`,
        CreateDate: iso(policy.createdAt),
      },
    };
  },
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  SimulateCustomPolicy: (form, _store, context) => simulateCustomPolicy(form, context),
  PutRolePolicy: (form, store, context) => {
    const role = roleOf(form, store, context, ["PolicyName", "PolicyDocument"]);
    const document = policyDocument(form, "Resource");
    store.aboutToChange(role, context.clock.now());
    role.inline.set(policyName(form), document);
    return null;
  },
  DeleteRolePolicy: (form, store, context) => {
    const role = roleOf(form, store, context, ["PolicyName"]);
    const name = policyName(form);
    if (!role.inline.has(name)) noInlinePolicy(name);
    store.aboutToChange(role, context.clock.now());
    role.inline.delete(name);
    return null;
  },
  UpdateAssumeRolePolicy: (form, store, context) => {
    const role = roleOf(form, store, context, ["PolicyDocument"]);
    role.trust = policyDocument(form, "Principal");
    return null;
  },
};

const PAGING = ["Marker", "MaxItems"];
const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1000;

function roleOf(
  form: URLSearchParams,
  store: IamStore,
  { log }: CallContext,
  parameters: readonly string[],
): Role {
  refuseUnknown("iam", form, ["RoleName", ...parameters]);
  const name = required(form, "RoleName");
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw invalid("roleName", name, "[\\w+=,.@-]+");
  log(name);
  return store.role(name);
}

function policyOf(
  form: URLSearchParams,
  store: IamStore,
  { log }: CallContext,
  parameters: readonly string[],
): Policy {
  refuseUnknown("iam", form, ["PolicyArn", ...parameters]);
  const arn = required(form, "PolicyArn");
  log(arn);
  if (!/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/.test(arn)) {
    throw new AwsError("InvalidInput", `ARN ${arn} is not valid.`, 400);
  }
  return store.policy(arn);
}

function policyName(form: URLSearchParams): string {
  const name = required(form, "PolicyName");
  if (!/^[\w+=,.@-]{1,128}$/.test(name)) throw invalid("policyName", name, "[\\w+=,.@-]+");
  return name;
}

/** A policy's text. A trust policy's statements name principals, a permission policy's resources. */
function policyDocument(form: URLSearchParams, needs: "Principal" | "Resource"): string {
  const text = required(form, "PolicyDocument");
  const statements = statementsOf(text);
  const sound = statements?.every(
    (statement) =>
      (statement.Effect === "Allow" || statement.Effect === "Deny") &&
      (statement.Action ?? statement.NotAction) !== undefined &&
      (statement[needs] ?? statement[`Not${needs}`]) !== undefined,
  );
  if (!sound) throw new AwsError("MalformedPolicyDocument", "Syntax errors in policy.", 400);
  return text;
}

function statementsOf(text: string): Record<string, unknown>[] | null {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown };
    if (typeof Statement !== "object" || Statement === null) return null;
    return (Array.isArray(Statement) ? Statement : [Statement]) as Record<string, unknown>[];
  } catch {
    return null;
  }
}

function noInlinePolicy(name: string): never {
  return missing(`The role policy with name ${name} cannot be found.`);
}

function invalid(member: string, value: string, pattern: string): AwsError {
  return new AwsError(
    "ValidationError",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    400,
  );
}

function page(
  form: URLSearchParams,
  all: readonly string[],
  render: (some: string[]) => XmlObject,
): XmlObject {
  const size = Number(form.get("MaxItems") ?? DEFAULT_PAGE);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) {
    throw invalid("maxItems", String(form.get("MaxItems")), "a number from 1 to 1000");
  }
  const marker = form.get("Marker");
  const start = marker === null ? 0 : Number(Buffer.from(marker, "base64url").toString());
  if (!Number.isInteger(start) || start < 0) {
    throw new AwsError("ValidationError", `Invalid Marker: ${marker}`, 400);
  }
  const end = start + size;
  const more = end < all.length;
  return {
    ...render(all.slice(start, end)),
    IsTruncated: more,
    ...(more ? { Marker: Buffer.from(String(end)).toString("base64url") } : {}),
  };
}

function roleOnWire(role: Role): XmlObject {
  const { lastUsed, boundary } = role;
  const tags = Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: iso(role.createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    Description: role.description === "" ? undefined : role.description,
    MaxSessionDuration: 3600,
    PermissionsBoundary:
      boundary === null
        ? undefined
        : { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: boundary },
    Tags: tags.length === 0 ? undefined : { member: tags },
    RoleLastUsed: lastUsed === null ? {} : { LastUsedDate: iso(lastUsed.at), Region: lastUsed.region },
  };
}

function policyOnWire(policy: Policy): XmlObject {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: `v${policy.versions.length}`,
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: iso(policy.createdAt),
    UpdateDate: iso(policy.createdAt),
  };
}

function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
