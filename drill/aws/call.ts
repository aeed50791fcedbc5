/** One call on the wire, whatever its protocol: what the endpoint needs to admit, answer and record it. */
import type { AwsSession, SimClock } from "../contracts.ts";
import type { AuthErrors } from "./authenticate.ts";
import type { AwsError } from "./errors.ts";
import type { QuotaUse } from "./quotas.ts";
import type { CallContext } from "./service.ts";

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Null for an answer without a body. */
  body: string | Buffer | AsyncIterable<Buffer> | null;
}

export interface Call {
  /** Its name in the call log. */
  readonly service: string;
  readonly operation: string;
  /** CloudTrail's event source, for example `s3.amazonaws.com`. */
  readonly eventSource: string;
  /** What the call acts on, as far as the request line says. */
  readonly resource: string;
  /** What faults are chosen by, where the resource alone does not tell the call from its neighbours. */
  readonly subject?: string;
  /** The payload hash of the canonical request. */
  readonly payloadHash: string;
  /** Null for the calls that AWS takes unsigned. */
  readonly authErrors: AuthErrors | null;
  readonly quota: QuotaUse | null;
  readonly throttled: () => AwsError;
  readonly serverError: () => AwsError;
  /** How the service refuses a caller who may not; `AccessDenied` with 403, as S3 and the Query protocol do, when absent. */
  readonly denied?: (message?: string) => AwsError;
  /** Does the call. Throws `AwsError` when it is refused. */
  readonly handle: (context: CallContext) => Promise<Answer>;
  readonly renderError: (error: AwsError, requestId: string) => Answer;
}

/** A call as it went, for the call log and CloudTrail. */
export interface CallOutcome {
  call: Pick<Call, "service" | "operation" | "eventSource">;
  session: AwsSession | null;
  resource: string;
  requestId: string;
  at: number;
  status: number;
  error: AwsError | null;
}

/** What the protocols know of the account they serve. */
export interface Account {
  readonly clock: SimClock;
  readonly region: string;
  readonly accountId: string;
}
