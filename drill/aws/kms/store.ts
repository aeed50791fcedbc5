/** The keys of the simulated KMS. Private keys live as long as the process and are given to nobody. */
import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { AwsError } from "../errors.ts";
import type { CallContext } from "../service.ts";

export type KeySpec = "ECC_NIST_P256" | "RSA_2048";

export interface KmsKey {
  readonly id: string;
  readonly spec: KeySpec;
  readonly createdAt: number;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  enabled: boolean;
}

type Place = Pick<CallContext, "region" | "accountId">;

export class KeyStore {
  readonly #keys = new Map<string, KmsKey>();
  readonly #aliases = new Map<string, string>();

  /** Makes a key for signing, under an alias (`alias/...`) when one is given. */
  seed(seed: { spec?: KeySpec; alias?: string; createdAt?: number }): KmsKey {
    const { spec = "ECC_NIST_P256", alias, createdAt = 0 } = seed;
    const pair =
      spec === "RSA_2048"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const key: KmsKey = { id: randomUUID(), spec, createdAt, enabled: true, ...pair };
    this.#keys.set(key.id, key);
    if (alias !== undefined) this.#aliases.set(alias, key.id);
    return key;
  }

  /**
   * The key with this id, alias, or ARN of either. Throws NotFoundException, InvalidArnException.
   * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
   */
  find(name: string, place: Place): KmsKey {
    const local = name.startsWith("arn:") ? localName(name, place) : name;
    const byAlias = local.startsWith("alias/") ? this.#aliases.get(local) : local;
    const key = this.#keys.get((byAlias ?? "").replace(/^key\//, ""));
    if (key) return key;
    const what = local.startsWith("alias/")
      ? `Alias ${arnOf(local, place)} is not found.`
      : `Key '${arnOf(`key/${local.replace(/^key\//, "")}`, place)}' does not exist`;
    throw new AwsError("NotFoundException", what, 400);
  }

  /** ARN and aliases of the key that `find` finds; of none the name as it was given, without aliases. */
  describe(name: string, place: Place): { arn: string; aliases: string[] } {
    try {
      const { id } = this.find(name, place);
      const aliases = [...this.#aliases].filter(([, key]) => key === id).map(([alias]) => alias);
      return { arn: arnOf(`key/${id}`, place), aliases };
    } catch (error) {
      if (error instanceof AwsError) return { arn: name, aliases: [] };
      throw error;
    }
  }
}

/** `key/<id>` or `alias/<name>`, as a whole ARN. */
export function arnOf(local: string, { region, accountId }: Place): string {
  return `arn:aws:kms:${region}:${accountId}:${local}`;
}

function localName(arn: string, { region, accountId }: Place): string {
  const [, arnRegion, arnAccount, local] =
    /^arn:aws:kms:([^:]*):([^:]*):((?:key|alias)\/.+)$/.exec(arn) ?? [];
  if (local === undefined || arnRegion !== region)
    throw new AwsError("InvalidArnException", `Invalid arn ${arnRegion ?? arn}`, 400);
  // Another account's key is as good as none here: no key policy of this account lets it in.
  if (arnAccount !== accountId) throw new AwsError("NotFoundException", `Key '${arn}' does not exist`, 400);
  return local;
}
