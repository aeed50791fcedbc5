/** Roles and managed policies of the simulated account. */
import { createHash } from "node:crypto";
import { AwsError } from "../errors.ts";

export interface RoleSeed {
  name: string;
  /** `/` when absent. */
  path?: string;
  description?: string;
  /** The trust policy. */
  trust: object;
  /** Inline policies by name. */
  inline?: Readonly<Record<string, object>>;
  /** ARNs of attached managed policies; they have to be seeded, too. */
  attached?: readonly string[];
  /** ARN of the managed policy that bounds its permissions. */
  boundary?: string;
  tags?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  createdAt?: number;
  lastUsed?: { at: number; region: string };
}

export interface PolicySeed {
  arn: string;
  /** Documents, oldest version first; the last one is the default. */
  documents: readonly object[];
  createdAt?: number;
}

export interface Role {
  name: string;
  path: string;
  arn: string;
  id: string;
  description: string;
  /** Policies as JSON text, as they were written. */
  trust: string;
  inline: Map<string, string>;
  attached: string[];
  boundary: string | null;
  tags: Readonly<Record<string, string>>;
  createdAt: number;
  lastUsed: { at: number; region: string } | null;
}

export interface Policy {
  arn: string;
  name: string;
  path: string;
  id: string;
  versions: string[];
  createdAt: number;
}

export class IamStore {
  readonly #accountId: string;
  readonly #roles = new Map<string, Role>();
  readonly #policies = new Map<string, Policy>();
  /** How long a role's change takes until calls are decided by it, in simulated milliseconds. */
  propagationMs = 0;
  /** Inline policies as calls are still decided by them, by role, and until when. */
  readonly #before = new Map<string, { inline: Map<string, string>; until: number }>();

  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  /** Adds a role, replacing one of the same name. */
  seedRole(seed: RoleSeed): Role {
    const path = seed.path ?? "/";
    const role: Role = {
      name: seed.name,
      path,
      arn: `arn:aws:iam::${this.#accountId}:role${path}${seed.name}`,
      id: uniqueId("AROA", seed.name),
      description: seed.description ?? "",
      trust: JSON.stringify(seed.trust),
      inline: new Map(Object.entries(seed.inline ?? {}).map(([name, text]) => [name, JSON.stringify(text)])),
      attached: [...(seed.attached ?? [])],
      boundary: seed.boundary ?? null,
      tags: seed.tags ?? {},
      createdAt: seed.createdAt ?? 0,
      lastUsed: seed.lastUsed ?? null,
    };
    this.#roles.set(role.name, role);
    return role;
  }

  seedPolicy(seed: PolicySeed): void {
    const path = seed.arn.slice(seed.arn.indexOf(":policy/") + ":policy".length);
    this.#policies.set(seed.arn, {
      arn: seed.arn,
      name: path.slice(path.lastIndexOf("/") + 1),
      path: path.slice(0, path.lastIndexOf("/") + 1),
      id: uniqueId("ANPA", seed.arn),
      versions: seed.documents.map((document) => JSON.stringify(document)),
      createdAt: seed.createdAt ?? 0,
    });
  }

  /** Remembers a role's inline policies: they go on to decide until the change that follows has spread. */
  aboutToChange(role: Role, now: number): void {
    const { inline } = this.inEffect(role, now);
    this.#before.set(role.name, { inline: new Map(inline), until: now + this.propagationMs });
  }

  /** The role as calls are decided by it now. */
  inEffect(role: Role, now: number): Role {
    const before = this.#before.get(role.name);
    return before && now < before.until ? { ...role, inline: before.inline } : role;
  }

  /** The role of an ARN; undefined when there is none. */
  roleOf(arn: string): Role | undefined {
    const role = this.#roles.get(arn.slice(arn.lastIndexOf("/") + 1));
    return role?.arn === arn ? role : undefined;
  }

  /** The ARN that a role of this name has, with its path; without one where there is none. */
  arnOf(name: string): string {
    return this.#roles.get(name)?.arn ?? `arn:aws:iam::${this.#accountId}:role/${name}`;
  }

  /** Every role's own policies, as text. */
  state(): { name: string; trust: string; inline: Record<string, string> }[] {
    return [...this.#roles.values()].map(({ name, trust, inline }) => ({
      name,
      trust,
      inline: Object.fromEntries(inline),
    }));
  }

  deleteRole(name: string): void {
    this.#roles.delete(name);
  }

  /** Throws `NoSuchEntity`. */
  role(name: string): Role {
    return this.#roles.get(name) ?? missing(`The role with name ${name} cannot be found.`);
  }

  /** Throws `NoSuchEntity`. */
  policy(arn: string): Policy {
    return this.#policies.get(arn) ?? missing(`Policy ${arn} was not found.`);
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html#API_GetRole_Errors */
export function missing(message: string): never {
  throw new AwsError("NoSuchEntity", message, 404);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
function uniqueId(prefix: string, name: string): string {
  return `${prefix}${createHash("sha256").update(name).digest("hex").slice(0, 17).toUpperCase()}`;
}
