import type { SourceContext, SourceResult } from "../context.ts";
import { putDocument } from "../item-writer.ts";
import { safeName } from "../keys.ts";
import { patiently } from "../patience.ts";
import { type RolePrincipal, rolePrincipal } from "../role-principal.ts";
import { digestsOf, readRoleTexts } from "../role-texts.ts";
import type { ManifestItem, SourceOf } from "../source-schema.ts";
import { readRole } from "./iam-role.ts";
import { policyChanger } from "./policy-changer.ts";

/**
 * The IAM role that the incident is about: its trust policy and its inline policies as the very text that IAM keeps, so
 * that they can be put back byte for byte; its managed policies, its boundary, its tags and its last use beside them.
 * Read-only. An incident about the audit trail that names nobody is
 * about the role that changed its protection. Where there is no role there is nothing to document, and nothing is asked
 * of IAM.
 */
export async function collectPrincipalRole(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"iam-role">>> {
  const about = context.principal ?? (await policyChanger(context));
  const principal = about === null ? undefined : rolePrincipal(about);
  const named = principal !== undefined && aboutRole(context, principal) ? principal : undefined;
  if (!named) return { record: nothing("the incident is about no role of this account"), items: [] };
  const { aws, clock } = context;
  const texts = await patiently(clock, () => readRoleTexts(aws.iam, named.name));
  if (!texts) return { record: nothing(`IAM knows no role ${named.name}`), items: [] };
  const { document, gaps } = await readRole(context, texts.arn);
  const items: ManifestItem[] = await putDocument(context, {
    source: "iam-role",
    name: `iam-role/${safeName(named.name)}`,
    uri: texts.arn,
    value: {
      observedAt: clock.now().toISOString(),
      role: document.role,
      // As text: what is put back has to be the same to the letter.
      trustPolicy: texts.trust,
      inlinePolicies: [...texts.inline].map(([name, text]) => ({ name, text })),
      attachedPolicies: document.attachedPolicies,
      permissionsBoundary: document.permissionsBoundary,
    },
  });
  return {
    record: {
      source: "iam-role",
      status: gaps.length === 0 ? "complete" : "partial",
      expected: { roles: 1, counted: "the incident's principal" },
      collected: { roles: 1, inlinePolicies: texts.inline.size },
      gaps,
      role: {
        arn: texts.arn,
        id: texts.role.RoleId ?? "",
        key: items.at(-1)?.key ?? "",
        ...digestsOf(texts),
      },
    },
    items,
  };
}

/** A bare name may be a user's as well: only an incident about the use of a role means the role of that name. */
function aboutRole({ target, incidentType, runbook }: SourceContext, principal: RolePrincipal): boolean {
  const play = runbook.incident_types[incidentType]?.automatic ?? [];
  const means = principal.accountId !== null || play.some(({ action }) => action === "revoke-role");
  return means && (principal.accountId ?? target.accountId) === target.accountId;
}

function nothing(why: string): SourceOf<"iam-role"> {
  return {
    source: "iam-role",
    status: "complete",
    expected: { roles: 0, counted: why },
    collected: { roles: 0 },
    gaps: [],
    role: null,
  };
}
