/** The IAM role that an incident's principal names. */
export interface RolePrincipal {
  name: string;
  /** Null when the principal says the name alone. */
  accountId: string | null;
  /** With both slashes, `/` at the least; null when the principal does not say it. */
  path: string | null;
}

const NAME = "[\\w+=,.@-]{1,64}";
const ROLE = new RegExp(`^arn:aws[a-z-]*:iam::(\\d{12}):role(/(?:[\\x21-\\x7e]{1,510}/)?)(${NAME})$`);
const SESSION = new RegExp(`^arn:aws[a-z-]*:sts::(\\d{12}):assumed-role/(${NAME})(?:/[\\w+=,.@-]{2,64})?$`);
const BARE = new RegExp(`^${NAME}$`);

/**
 * Reads a principal as people copy it: a role's ARN, the ARN of one of its sessions as CloudTrail has it, or the role's
 * name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html). Undefined when it is none of
 * these. Makes no call.
 */
export function rolePrincipal(principal: string): RolePrincipal | undefined {
  const role = ROLE.exec(principal);
  if (role) return { name: role[3] ?? "", accountId: role[1] ?? null, path: role[2] ?? null };
  // CloudTrail's ARN of a session leaves the role's path out.
  const session = SESSION.exec(principal);
  if (session) return { name: session[2] ?? "", accountId: session[1] ?? null, path: null };
  return BARE.test(principal) ? { name: principal, accountId: null, path: null } : undefined;
}
