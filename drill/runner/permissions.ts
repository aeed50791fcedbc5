import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import type { TokenPermissions } from "../contracts.ts";
import { literalText, mappingEntries } from "./tokens.ts";

/**
 * `permissions` of a workflow or job.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */

const SCOPES = [
  "actions",
  "artifact-metadata",
  "attestations",
  "checks",
  "contents",
  "deployments",
  "discussions",
  "id-token",
  "issues",
  "models",
  "packages",
  "pages",
  "pull-requests",
  "repository-projects",
  "security-events",
  "statuses",
] as const;

/** What a token gets when no `permissions` are written: GitHub's restricted default for new repositories. */
export const DEFAULT_PERMISSIONS: TokenPermissions = { contents: "read", packages: "read" };

/** Reads a `permissions` value; scopes that it leaves out are `none`. Null when it is absent. */
export function readPermissions(token: TemplateToken | undefined): TokenPermissions | null {
  if (token === undefined) return null;
  const shorthand = literalText(token);
  if (shorthand === "read-all" || shorthand === "write-all") return everyScope(shorthand);
  return Object.fromEntries(mappingEntries(token).map(({ key, value }) => [key, level(literalText(value))]));
}

/** `read-all` cannot grant `id-token`, and `models` knows no more than `read`. */
function everyScope(shorthand: "read-all" | "write-all"): TokenPermissions {
  const granted = SCOPES.flatMap((scope): [string, "read" | "write"][] => {
    if (shorthand === "write-all") return [[scope, scope === "models" ? "read" : "write"]];
    return scope === "id-token" ? [] : [[scope, "read"]];
  });
  return Object.fromEntries(granted);
}

function level(text: string | null): "read" | "write" | "none" {
  return text === "read" || text === "write" ? text : "none";
}

const RANK = { none: 0, read: 1, write: 2 } as const;

/** The first scope that `requested` has above `allowed`, in GitHub's wording; null when there is none. */
export function exceededPermission(requested: TokenPermissions, allowed: TokenPermissions): string | null {
  for (const [scope, wanted] of Object.entries(requested)) {
    const granted = allowed[scope] ?? "none";
    if (RANK[wanted] > RANK[granted]) {
      return `is requesting '${scope}: ${wanted}', but is only allowed '${scope}: ${granted}'.`;
    }
  }
  return null;
}
