/** Who makes a call: known, unexpired credentials and a right signature, or the protocol's own refusal. */
import type { IncomingMessage } from "node:http";
import type { AwsSession, SimClock } from "../contracts.ts";
import { AwsError } from "./errors.ts";
import type { Sessions } from "./sessions.ts";
import { type Authorization, parseAuthorization, signatureMatches, signedAt } from "./sigv4.ts";

export type AuthFailure =
  | "missing"
  | "unknown-key"
  | "wrong-token"
  | "expired"
  | "signature"
  | "skewed"
  | "region";

/** Each protocol family has its own codes for the same refusals. */
export type AuthErrors = Readonly<Record<AuthFailure, (detail: string) => AwsError>>;

const error = (code: string, message: string, status: number) => () => new AwsError(code, message, status);

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html */
export const JSON_AUTH_ERRORS: AuthErrors = {
  missing: error("MissingAuthenticationTokenException", "Missing Authentication Token", 400),
  "unknown-key": error(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    400,
  ),
  "wrong-token": error(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    400,
  ),
  expired: error("ExpiredTokenException", "The security token included in the request is expired", 400),
  signature: error(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    400,
  ),
  skewed: (detail) =>
    new AwsError("InvalidSignatureException", `Signature expired or not yet current: ${detail}`, 400),
  region: error("InvalidSignatureException", "Credential should be scoped to a valid region.", 400),
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export const QUERY_AUTH_ERRORS: AuthErrors = {
  missing: error("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
  "unknown-key": error("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
  "wrong-token": error("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
  expired: error("ExpiredToken", "The security token included in the request is expired", 403),
  signature: error(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    403,
  ),
  skewed: (detail) =>
    new AwsError("SignatureDoesNotMatch", `Signature expired or not yet current: ${detail}`, 403),
  region: error("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403),
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const S3_AUTH_ERRORS: AuthErrors = {
  missing: error("AccessDenied", "Access Denied", 403),
  "unknown-key": error(
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
    403,
  ),
  "wrong-token": error("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
  expired: error("ExpiredToken", "The provided token has expired.", 400),
  signature: error(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
  ),
  skewed: error(
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    403,
  ),
  region: (detail) =>
    new AwsError("AuthorizationHeaderMalformed", `The authorization header is malformed; ${detail}`, 400),
};

/** Services that answer in other regions too: IAM is global and signed for us-east-1, CloudTrail shows the global services' events in a region of their own. */
const ELSEWHERE_TOO = new Set(["sts", "iam", "cloudtrail"]);

export interface AuthOptions {
  sessions: Sessions;
  clock: SimClock;
  region: string;
  maxClockSkewMs: number;
}

/** The session that signed the request. Throws the protocol's error for anything but a right signature. */
export function authenticate(
  request: IncomingMessage,
  payloadHash: string,
  errors: AuthErrors,
  options: AuthOptions,
): AwsSession {
  const authorization = parseAuthorization(request.headers.authorization);
  if (!authorization) throw errors.missing("");
  const session = options.sessions.find(authorization.accessKeyId);
  if (!session) throw errors["unknown-key"]("");
  if (request.headers["x-amz-security-token"] !== session.sessionToken) throw errors["wrong-token"]("");
  if (session.expiresAt <= options.clock.now()) throw errors.expired("");
  if (!coversAmzHeaders(request, authorization)) throw errors.signature("");
  if (!signatureMatches(request, authorization, session.secretAccessKey, payloadHash))
    throw errors.signature("");
  const skew = Math.abs(signedAt(request) - options.clock.now());
  if (!(skew <= options.maxClockSkewMs)) throw errors.skewed(`${request.headers["x-amz-date"]}`);
  if (authorization.region !== options.region && !ELSEWHERE_TOO.has(authorization.service)) {
    throw errors.region(`the region '${authorization.region}' is wrong; expecting '${options.region}'`);
  }
  return session;
}

/** AWS wants the host and every x-amz-* header signed. */
function coversAmzHeaders(request: IncomingMessage, { signedHeaders }: Authorization): boolean {
  const signed = new Set(signedHeaders);
  return (
    signed.has("host") &&
    Object.keys(request.headers).every((name) => !name.startsWith("x-amz-") || signed.has(name))
  );
}
