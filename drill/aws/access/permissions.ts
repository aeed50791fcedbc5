/** Holds every call of a role that the drill's stacks made against the policies that they gave it. */
import type { AwsSession } from "../../contracts.ts";
import { decide } from "./decide.ts";
import { type Facts, type Need, needsOf, type Request } from "./needs.ts";
import type { TemplateRole } from "./roles.ts";

/** What a call may ask of its caller's permissions. */
export interface Permissions {
  /** Throws the service's own refusal unless the caller's policies allow all that the request needs. */
  check(request: Request): void;
  /** The same for one permission. */
  require(need: Need): void;
  /** Whether the caller has a permission without which the service leaves something out, silently. */
  has(need: Need): boolean;
}

/** For the calls that nobody signs, and where no roles are simulated. */
export const UNCHECKED: Permissions = { check: () => {}, require: () => {}, has: () => true };

export class Access {
  readonly #roles = new Map<string, TemplateRole>();
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** From here on these roles may do what their policies allow and nothing else; other roles whatever they like. */
  enforce(roles: Iterable<TemplateRole>): void {
    for (const role of roles) this.#roles.set(role.arn, role);
  }

  /**
   * The permissions of one call. Its needs are put into `needs`, the refused one last.
   * @param refuse makes the refusal of the sentence that says why.
   */
  of(
    session: AwsSession | null,
    call: { region: string; needs: Need[]; refuse: (message: string) => Error },
  ): Permissions {
    const role = session && this.#roles.get(session.roleArn);
    if (!role) return UNCHECKED;
    const caller = {
      "aws:principalarn": role.arn,
      "aws:securetransport": "true",
      "aws:tokenissuetime": new Date(session.issuedAt).toISOString(),
    };
    const decided = (need: Need) =>
      decide(role.statements, { ...need, context: { ...need.context, ...caller } });
    const require = (need: Need): void => {
      call.needs.push(need);
      const { allowed, by } = decided(need);
      if (!allowed) throw call.refuse(refusal(session, need, by !== null));
    };
    const has = (need: Need): boolean => {
      const { allowed } = decided(need);
      if (allowed) call.needs.push(need);
      return allowed;
    };
    const facts = { ...this.#facts, region: call.region };
    return { require, has, check: (request) => needsOf(request, facts).forEach(require) };
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function refusal({ sessionArn }: AwsSession, { action, resource }: Need, denied: boolean): string {
  const why = denied
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
  return `User: ${sessionArn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}
