import { randomBytes } from "node:crypto";
import { Integer, Null, OctetString } from "asn1js";
import {
  AlgorithmIdentifier,
  type Certificate,
  id_ContentType_SignedData,
  id_eContentType_TSTInfo,
  id_sha256,
  MessageImprint,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from "pkijs";
import { sha256 } from "../../vault/digest.ts";

/** RFC 3161 time-stamps, https://www.rfc-editor.org/rfc/rfc3161: that some bytes existed at a time, by a third party. */

const GIVE_UP_MS = 10_000;
const NONCE_BYTES = 16;
const GRANTED = 0;
const GRANTED_WITH_MODS = 1;
/** A response is a few kilobytes; whoever sends more is no time-stamping authority. */
const LARGEST_RESPONSE = 1024 * 1024;

export interface Timestamp {
  /** When, by the authority's clock, ISO 8601 in UTC. */
  at: string;
  /** The subject of the certificate that signed. */
  authority: string;
}

/**
 * Has an authority time-stamp some bytes, of which it gets the SHA-256 alone, and checks what it answers.
 * @returns the whole response, as `openssl ts -verify -in` reads it.
 * @throws Error when there is no answer within 10 seconds, or not a right one.
 */
export async function requestTimestamp(
  url: string,
  bytes: Buffer,
): Promise<Timestamp & { response: Buffer }> {
  const nonce = newNonce();
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: makeRequest(bytes, nonce),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  if (!answer.ok) throw new Error(`it answered with HTTP status ${answer.status}`);
  const response = await readLimited(answer);
  return { ...(await readTimestamp(response, bytes, nonce)), response };
}

/** An answer's body. @throws Error when it is larger than any time-stamp. */
async function readLimited(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_RESPONSE) throw new Error("its answer is too large for a time-stamp");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** With a nonce, so that no old answer passes, and asking for the certificate, so that the token stands by itself. */
function makeRequest(bytes: Buffer, nonce: Integer): Uint8Array<ArrayBuffer> {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: id_sha256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: Buffer.from(sha256(bytes), "hex") }),
    }),
    nonce,
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER(false));
}

/** Positive, and as long as it looks: DER drops leading zero bytes. */
function newNonce(): Integer {
  const bytes = randomBytes(NONCE_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return new Integer({ valueHex: bytes });
}

/**
 * Checks a response: granted, about these bytes, with this nonce, signed by the certificate in it. Whether that
 * certificate deserves trust is for the verifier to say.
 * @param nonce left out for a response that was stored, whose request is gone.
 * @throws Error that says what is wrong.
 */
export async function readTimestamp(response: Buffer, bytes: Buffer, nonce?: Integer): Promise<Timestamp> {
  const { signedData, info } = parse(response);
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const imprint = Buffer.from(hashedMessage.valueBlock.valueHexView).toString("hex");
  if (hashAlgorithm.algorithmId !== id_sha256 || imprint !== sha256(bytes))
    throw new Error("it time-stamped something else");
  if (nonce && (!info.nonce || !sameBytes(info.nonce, nonce))) throw new Error("it answered another request");
  const verified = await verifySignature(signedData, bytes);
  return { at: info.genTime.toISOString(), authority: nameOf(verified) };
}

function parse(response: Buffer): { signedData: SignedData; info: TSTInfo } {
  let parsed: TimeStampResp;
  try {
    parsed = TimeStampResp.fromBER(response);
  } catch {
    throw new Error("its answer is no RFC 3161 response");
  }
  const { status, timeStampToken } = parsed;
  if (Number(status.status) !== GRANTED && Number(status.status) !== GRANTED_WITH_MODS)
    throw new Error(`it refused with PKI status ${status.status}`);
  try {
    if (timeStampToken?.contentType !== id_ContentType_SignedData) throw new Error("no signed data");
    const signedData = new SignedData({ schema: timeStampToken.content });
    const { eContentType, eContent } = signedData.encapContentInfo;
    if (eContentType !== id_eContentType_TSTInfo || !eContent) throw new Error("no TSTInfo");
    return { signedData, info: TSTInfo.fromBER(eContent.getValue()) };
  } catch (cause) {
    throw new Error("its answer holds no time-stamp token", { cause });
  }
}

async function verifySignature(signedData: SignedData, bytes: Buffer): Promise<Certificate> {
  const data = new Uint8Array(bytes).buffer;
  let result: { signatureVerified?: boolean | null; signerCertificate?: Certificate | null };
  try {
    result = await signedData.verify({ signer: 0, data, extendedMode: true });
  } catch (error) {
    throw new Error(`its signature cannot be checked: ${(error as Error).message}`, { cause: error });
  }
  if (!result.signatureVerified || !result.signerCertificate) throw new Error("its signature is wrong");
  return result.signerCertificate;
}

/** The values of a certificate's subject, the most particular first. */
function nameOf({ subject }: Certificate): string {
  return subject.typesAndValues
    .map(({ value }) => String(value.valueBlock.value))
    .reverse()
    .join(", ");
}

function sameBytes(one: Integer, other: Integer): boolean {
  return Buffer.from(one.valueBlock.valueHexView).equals(Buffer.from(other.valueBlock.valueHexView));
}
