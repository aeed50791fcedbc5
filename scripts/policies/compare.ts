/** What roles are allowed beside what calls needed. */
import { allowedBy, type Verdict } from "../../drill/aws/access/judge.ts";
import type { TemplateRole } from "../../drill/aws/access/roles.ts";

/** Of one role of the templates, in all environments. Each permission as `EvidenceRole: Statement action`. */
export interface Comparison {
  role: string;
  allowed: string[];
  used: string[];
  /** Unused, and for a reason. */
  exempt: string[];
  unused: string[];
  /** Needed and not allowed, with the resource and the operation. */
  refused: string[];
  /** Exempt although it is used, or not allowed at all. */
  needless: string[];
}

export function compare(
  roles: Iterable<TemplateRole>,
  { used, refused }: Verdict,
  exempt: Readonly<Record<string, string>>,
): Comparison[] {
  const byId = new Map<string, Set<string>>();
  for (const role of roles) byId.set(role.id, new Set([...(byId.get(role.id) ?? []), ...allowedBy(role)]));
  const unknown = Object.keys(exempt).find((one) => !byId.has(one.slice(0, one.indexOf(":"))));
  if (unknown !== undefined) throw new Error(`exempt is a permission of no role: ${unknown}`);
  return [...byId].map(([role, permissions]) => {
    const allowed = [...permissions];
    const unused = allowed.filter((one) => !used.has(one));
    const own = (one: string) => one.startsWith(`${role}: `);
    return {
      role,
      allowed,
      used: allowed.filter((one) => used.has(one)),
      exempt: unused.filter((one) => Object.hasOwn(exempt, one)),
      unused: unused.filter((one) => !Object.hasOwn(exempt, one)),
      refused: [...refused].filter(own),
      needless: Object.keys(exempt).filter((one) => own(one) && !unused.includes(one)),
    };
  });
}
