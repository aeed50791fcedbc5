/** The OIDC provider that signs the jobs' identity tokens, as GitHub's does. */
import { createSign, createVerify, generateKeyPairSync, randomUUID } from "node:crypto";

/** https://docs.github.com/en/actions/reference/security/oidc */
export const GITHUB_OIDC_ISSUER = "https://token.actions.githubusercontent.com";

export type OidcClaims = Readonly<Record<string, unknown>>;

/** GitHub's own example token is valid from 10 minutes before to 5 minutes after it was issued. */
const NOT_BEFORE_SECONDS = 600;
const LIFETIME_SECONDS = 300;

/** Why a token was refused. `expired` tells the one case that STS answers with an error of its own. */
export class OidcError extends Error {
  override readonly name = "OidcError";
  readonly expired: boolean;

  constructor(message: string, expired = false) {
    super(message);
    this.expired = expired;
  }
}

export class OidcIssuer {
  readonly issuer: string;
  readonly #keyId = randomUUID();
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

  constructor(issuer = GITHUB_OIDC_ISSUER) {
    this.issuer = issuer;
  }

  /**
   * A signed JWT (RS256) with these claims plus `iss`, `iat`, `nbf`, `exp` and, unless given, `jti`.
   * `now` is in milliseconds since the epoch.
   */
  mint(claims: OidcClaims, now: number): string {
    const issuedAt = Math.floor(now / 1000);
    const header = encode({ alg: "RS256", kid: this.#keyId, typ: "JWT" });
    const payload = encode({
      jti: randomUUID(),
      ...claims,
      iss: this.issuer,
      iat: issuedAt,
      nbf: issuedAt - NOT_BEFORE_SECONDS,
      exp: issuedAt + LIFETIME_SECONDS,
    });
    const signature = createSign("RSA-SHA256")
      .update(`${header}.${payload}`)
      .sign(this.#keys.privateKey, "base64url");
    return `${header}.${payload}.${signature}`;
  }

  /** The claims of a token of this issuer that is valid at `now` (milliseconds). Throws `OidcError` for any other. */
  verify(token: string, now: number): OidcClaims {
    const [header, payload, signature, ...rest] = token.split(".");
    if (!header || !payload || !signature || rest.length > 0) throw new OidcError("not a JSON Web Token");
    if (decode(header).alg !== "RS256") throw new OidcError("the token is not signed with RS256");
    const verifier = createVerify("RSA-SHA256").update(`${header}.${payload}`);
    if (!verifier.verify(this.#keys.publicKey, signature, "base64url")) {
      throw new OidcError("the token's signature is not this provider's");
    }
    const claims = decode(payload);
    const seconds = now / 1000;
    if (claims.iss !== this.issuer) throw new OidcError("the token is from another issuer");
    if (Number(claims.exp) <= seconds) throw new OidcError("the token has expired", true);
    if (Number(claims.nbf) > seconds) throw new OidcError("the token is not valid yet");
    return claims;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): OidcClaims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as OidcClaims;
  } catch {
    // Falls through: whatever does not decode is no token.
  }
  throw new OidcError("not a JSON Web Token");
}
