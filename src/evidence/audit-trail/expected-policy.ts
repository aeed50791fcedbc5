import { readFile } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { FirebreakError } from "../../errors.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { Target } from "../../runbook/target.ts";
import { readPolicy } from "./policy.ts";

/**
 * The bucket policy that the runbook expects of an environment's audit bucket, `{bucket}` and `{env}` filled in; null
 * when it names none.
 * @throws FirebreakError `expected-policy-unreadable` when the file is outside the repository, not there or no policy.
 */
export async function expectedPolicy(
  workspace: string,
  runbook: Runbook,
  { environment, auditBucket }: Pick<Target, "environment" | "auditBucket">,
): Promise<string | null> {
  const path = runbook.environments[environment]?.audit_bucket_policy?.replaceAll("{env}", environment);
  if (path === undefined) return null;
  const file = resolve(workspace, path);
  const inside = relative(workspace, file);
  try {
    if (inside.startsWith("..") || isAbsolute(inside)) throw new Error("it is outside the repository");
    const text = (await readFile(file, "utf8"))
      .replaceAll("{bucket}", auditBucket)
      .replaceAll("{env}", environment);
    readPolicy(text);
    return text;
  } catch (cause) {
    throw new FirebreakError(
      "expected-policy-unreadable",
      `The expected bucket policy ${path} cannot be read: ${(cause as Error).message}`,
      `Mend the file, or environments.${environment}.audit_bucket_policy in the runbook.`,
      { cause },
    );
  }
}
