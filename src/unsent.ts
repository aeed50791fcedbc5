/**
 * The codes of Node, undici and OpenSSL for a connection that never came about: nobody was there, or nobody who could
 * prove who they are, so nothing was sent.
 * https://nodejs.org/api/errors.html#common-system-errors, https://undici.nodejs.org/#/docs/api/Errors,
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The code of what went wrong with a connection; empty when it has none. */
export function connectionCode(error: unknown): string {
  for (const one of [error, (error as { cause?: unknown } | null)?.cause]) {
    const code = (one as { code?: unknown } | null | undefined)?.code;
    if (typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  }
  return "";
}

/** Whether the request certainly never went out. */
export function isUnsent(error: unknown): boolean {
  return NEVER_CONNECTED.has(connectionCode(error));
}
