import { FirebreakError } from "../errors.ts";
import { type RoleTexts, readRoleTexts } from "../evidence/role-texts.ts";
import type { Aws } from "../ports.ts";

/** A role's own policies as they are now. */
export interface LiveRole extends Pick<RoleTexts, "arn" | "trust" | "inline"> {
  id: string;
}

/** What this incident has changed of the role itself, so that its own change is no difference. */
export interface OwnRoleChanges {
  /** Texts that it announced, by the name of the inline policy. */
  inline: ReadonlyMap<string, readonly string[]>;
  /** The trust policy that it put in place, and the ones that it replaced. */
  trust: { put: string; replaced: readonly string[] } | null;
}

/** Reads the role. @throws FirebreakError `unknown-principal` when there is none of that name. */
export async function readLiveRole(iam: Aws["iam"], name: string): Promise<LiveRole> {
  const texts = await readRoleTexts(iam, name);
  if (texts) return { arn: texts.arn, id: texts.role.RoleId ?? "", trust: texts.trust, inline: texts.inline };
  throw new FirebreakError(
    "unknown-principal",
    `IAM knows no role ${name} in this account.`,
    "Look up in CloudTrail which role was used, and declare the incident with its ARN as principal.",
  );
}
