import { createHash, X509Certificate } from "node:crypto";
import { fromBER, OctetString, Sequence } from "asn1js";
import { Certificate, ExtKeyUsage, SignedData, type SignerInfo, TimeStampResp, TSTInfo } from "pkijs";
import { type AttestationFinding, holds, problem, unchecked } from "./attestation-finding.ts";

/** Checking RFC 3161 time-stamps, https://www.rfc-editor.org/rfc/rfc3161 with RFC 5816. */

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SHA256 = "2.16.840.1.101.3.4.2.1";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
/** The attributes that bind the signer's certificate: by SHA-1, and since RFC 5816 by a hash of the signer's choice. */
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const HASHES: Readonly<Record<string, string>> = {
  [SHA256]: "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** How far the authority's clock and the one that sealed may be apart before it is said. */
const TOLERANCE_MS = 10 * 60_000;

/**
 * Checks a time-stamp response against the manifest that it is said to be of. Never throws for what the bytes hold.
 *
 * `trustedCertificatesPem` are the roots to trust, one PEM after the other. Without them the signature is checked and
 * whose it is stays `unchecked`. Revocation is not looked up: it needs the network, and the answers of today.
 */
export async function verifyTimestamp(
  manifestBytes: Uint8Array,
  tokenBytes: Uint8Array,
  trustedCertificatesPem?: string,
): Promise<AttestationFinding[]> {
  const token = parse(tokenBytes);
  if (typeof token === "string") return [problem("timestamp-format", token)];
  const { signedData, info } = token;
  const sha256 = createHash("sha256").update(manifestBytes).digest("hex");
  const imprint = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView).toString("hex");
  if (info.messageImprint.hashAlgorithm.algorithmId !== SHA256 || imprint !== sha256)
    return [problem("timestamp-imprint", "The time-stamp is of something else than this manifest.")];
  const signer = await signerOf(signedData, manifestBytes);
  if (typeof signer === "string") return [problem("timestamp-signature", signer)];
  const at = info.genTime.toISOString();
  return [
    holds("timestamp-signature", `The manifest existed at ${at}, says ${nameOf(signer)}.`),
    await checkTrust(signedData, manifestBytes, trustedCertificatesPem),
    ...checkClocks(info.genTime, manifestBytes),
  ];
}

function parse(bytes: Uint8Array): { signedData: SignedData; info: TSTInfo } | string {
  try {
    const { status, timeStampToken } = TimeStampResp.fromBER(bytes);
    if (Number(status.status) > 1 || !timeStampToken) return "The authority refused to time-stamp.";
    if (timeStampToken.contentType !== SIGNED_DATA) return "The time-stamp token is no signed data.";
    const signedData = new SignedData({ schema: timeStampToken.content });
    const { eContentType, eContent } = signedData.encapContentInfo;
    if (eContentType !== TST_INFO || !eContent) return "The time-stamp token holds no time-stamp.";
    return { signedData, info: TSTInfo.fromBER(eContent.getValue()) };
  } catch {
    return "The time-stamp is no RFC 3161 response.";
  }
}

/** The certificate that signed, or why the signature does not count. */
async function signerOf(signedData: SignedData, manifestBytes: Uint8Array): Promise<Certificate | string> {
  const [info, ...more] = signedData.signerInfos;
  if (!info || more.length > 0) return "The time-stamp must have one signer (RFC 3161, 2.4.2).";
  try {
    const data = new Uint8Array(manifestBytes).buffer;
    const result = await signedData.verify({ signer: 0, data, extendedMode: true });
    const signer = result.signerCertificate;
    if (!result.signatureVerified || !signer) return "The time-stamp's signature is wrong.";
    if (!isForTimeStamping(signer)) return "The certificate that signed is not one for time-stamping alone.";
    if (!namesCertificate(info, signer)) return "The time-stamp was signed for another certificate.";
    return signer;
  } catch (error) {
    return `The time-stamp's signature cannot be checked: ${(error as Error).message}`;
  }
}

/** RFC 3161, 2.3: the extended key usage is critical and names time-stamping, and that only. */
function isForTimeStamping({ extensions }: Certificate): boolean {
  const usage = extensions?.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE);
  if (!usage?.critical || !(usage.parsedValue instanceof ExtKeyUsage)) return false;
  const { keyPurposes } = usage.parsedValue;
  return keyPurposes.length === 1 && keyPurposes[0] === TIME_STAMPING;
}

/** RFC 5035: the first certificate that the signed attribute names is the signer's. */
function namesCertificate({ signedAttrs }: SignerInfo, signer: Certificate): boolean {
  const der = Buffer.from(signer.toSchema().toBER(false));
  const attribute = signedAttrs?.attributes.find(({ type }) =>
    [SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2].includes(type),
  );
  const first = membersOf(membersOf(membersOf(attribute?.values[0])[0])[0]);
  const hash = first.find((member) => member instanceof OctetString);
  const algorithm = membersOf(first[0])[0]?.valueBlock.toString();
  const name =
    attribute?.type === SIGNING_CERTIFICATE ? "sha1" : algorithm === undefined ? "sha256" : HASHES[algorithm];
  if (!hash || name === undefined) return false;
  return createHash(name).update(der).digest().equals(Buffer.from(hash.valueBlock.valueHexView));
}

function membersOf(value: unknown): Sequence["valueBlock"]["value"] {
  return value instanceof Sequence ? value.valueBlock.value : [];
}

async function checkTrust(
  signedData: SignedData,
  manifestBytes: Uint8Array,
  pem: string | undefined,
): Promise<AttestationFinding> {
  if (pem === undefined)
    return unchecked(
      "timestamp-trust",
      "Whether its authority deserves trust: no root certificate was given.",
    );
  const trustedCerts = readCertificates(pem);
  if (trustedCerts.length === 0)
    return unchecked("timestamp-trust", "The root certificates given are no certificates in PEM.");
  try {
    const data = new Uint8Array(manifestBytes).buffer;
    await signedData.verify({ signer: 0, data, extendedMode: true, checkChain: true, trustedCerts });
    return holds("timestamp-trust", "Its certificate leads to a root that was given, and was valid then.");
  } catch (error) {
    return problem("timestamp-trust", `Its certificate leads to no root given: ${(error as Error).message}`);
  }
}

function readCertificates(pem: string): Certificate[] {
  try {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return blocks.map((block) => {
      const { result } = fromBER(new Uint8Array(new X509Certificate(block).raw));
      return new Certificate({ schema: result });
    });
  } catch {
    return [];
  }
}

/** A manifest holds the time of its seal, so no right time-stamp of it is older than that. */
function checkClocks(genTime: Date, manifestBytes: Uint8Array): AttestationFinding[] {
  const sealedAt = sealTimeOf(manifestBytes);
  if (Number.isNaN(sealedAt) || genTime.getTime() >= sealedAt - TOLERANCE_MS) return [];
  return [
    unchecked(
      "timestamp-clocks",
      `The time-stamp is of ${genTime.toISOString()}, before the seal of ${new Date(sealedAt).toISOString()}: one of the two clocks was wrong.`,
    ),
  ];
}

function sealTimeOf(manifestBytes: Uint8Array): number {
  try {
    const { sealedAt } = JSON.parse(Buffer.from(manifestBytes).toString("utf8")) as { sealedAt?: unknown };
    return Date.parse(String(sealedAt));
  } catch {
    return Number.NaN;
  }
}

function nameOf({ subject }: Certificate): string {
  return subject.typesAndValues.map(({ value }) => String(value.valueBlock.value)).join(", ");
}
