/** Signing a digest that was made elsewhere, as KMS does with MessageType DIGEST; Node itself always hashes first. */
import { constants, generateKeyPairSync, type KeyObject, privateEncrypt } from "node:crypto";

/** The order of P-256's base point. https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-186.pdf */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** DigestInfo of a SHA-256 up to the digest itself. https://www.rfc-editor.org/rfc/rfc8017#section-9.2 */
const SHA256_DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** ECDSA over P-256, in DER. */
export function signEcdsa(digest: Buffer, privateKey: KeyObject): Buffer {
  const secret = fromBase64(privateKey.export({ format: "jwk" }).d);
  for (;;) {
    // An ephemeral key pair is a random scalar and that multiple of the base point.
    const ephemeral = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
    const { d, x } = ephemeral.export({ format: "jwk" });
    const r = fromBase64(x) % ORDER;
    const s = (inverse(fromBase64(d)) * ((toInteger(digest) + r * secret) % ORDER)) % ORDER;
    if (r !== 0n && s !== 0n) return sequence(integer(r), integer(s));
  }
}

/** RSASSA-PKCS1-v1_5 over a SHA-256. */
export function signRsa(digest: Buffer, privateKey: KeyObject): Buffer {
  const key = { key: privateKey, padding: constants.RSA_PKCS1_PADDING };
  return privateEncrypt(key, Buffer.concat([SHA256_DIGEST_INFO, digest]));
}

/** By Fermat's little theorem: the order is prime. */
function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, value % ORDER, ORDER - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

function fromBase64(text: string | undefined): bigint {
  return toInteger(Buffer.from(text ?? "", "base64url"));
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** ASN.1 DER, short lengths only: a P-256 signature has at most 72 bytes. */
function sequence(...members: Buffer[]): Buffer {
  const content = Buffer.concat(members);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}
