import { meansTheSame } from "../evidence/audit-trail/live-policy.ts";
import { type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import { sha256 } from "../vault/digest.ts";
import type { LiveRole, OwnRoleChanges } from "./live-role.ts";
import { type CheckContext, refusal } from "./request.ts";

/**
 * The role's trust policy and its inline policies are in the capture, and they are the live ones byte for byte, but for
 * what this incident itself has changed of them.
 */
export function checkRole(
  { record, request }: CheckContext,
  { manifest, capture }: SealedCapture,
  live: LiveRole,
): Refusal[] {
  const remedy = `Document the role as it is now: ${preserveCommand(record)}`;
  const documented = sourceOf(manifest, "iam-role")?.role;
  if (documented?.arn !== live.arn) {
    const message = `Capture ${capture} does not document the policies of the role ${live.arn}.`;
    return [refusal("role-not-documented", message, remedy)];
  }
  if (documented.id !== live.id) {
    const message = `The role ${live.arn} is not the one of capture ${capture}: it was deleted and made again (its id was ${documented.id} and is ${live.id}).`;
    return [refusal("role-changed-since-documented", message, remedy)];
  }
  const own = request.ownRoleChanges?.();
  const changed = [
    ...(trustDigests(live.trust, own).includes(documented.trustSha256) ? [] : ["its trust policy"]),
    ...inlineChanges(documented.inline, live, own),
  ];
  if (changed.length === 0) return [];
  const message = `The role ${live.arn} is not as capture ${capture} documents it: ${changed.join(", ")} changed since.`;
  const find =
    "Find out who changed it (CloudTrail, UpdateAssumeRolePolicy, PutRolePolicy, DeleteRolePolicy).";
  return [refusal("role-changed-since-documented", message, `${find} ${remedy}`)];
}

/** Of the live trust policy; where it is the one that this incident put in place, of those that it replaced as well. */
function trustDigests(live: string, own: OwnRoleChanges | undefined): string[] {
  const replaced = own?.trust && meansTheSame(own.trust.put, live) ? own.trust.replaced : [];
  return [live, ...replaced].map((text) => sha256(text));
}

function inlineChanges(
  documented: readonly { name: string; sha256: string }[],
  { inline }: LiveRole,
  own: OwnRoleChanges | undefined,
): string[] {
  const changes: string[] = [];
  for (const [name, text] of inline) {
    const before = documented.find((policy) => policy.name === name);
    const ours = own?.inline.get(name)?.includes(text) ?? false;
    if (before?.sha256 !== sha256(text) && !ours) changes.push(`its inline policy ${name}`);
  }
  for (const { name } of documented) {
    if (!inline.has(name)) changes.push(`its inline policy ${name} (deleted)`);
  }
  return changes;
}
