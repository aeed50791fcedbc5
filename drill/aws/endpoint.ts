/** The stations that every call goes through, whatever its service. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AwsSession, CallSink, FaultPicker, FaultRule, SimClock } from "../contracts.ts";
import type { Need } from "./access/needs.ts";
import type { Access } from "./access/permissions.ts";
import { type AuthOptions, authenticate } from "./authenticate.ts";
import type { Account, Answer, Call } from "./call.ts";
import type { CloudTrail } from "./cloudtrail.ts";
import { AwsError } from "./errors.ts";
import { describe, isDisconnect, readBody, writeAnswer } from "./http.ts";
import type { Iam } from "./iam/index.ts";
import { jsonCall } from "./json.ts";
import { Quotas } from "./quotas.ts";
import type { S3Endpoint } from "./s3/endpoint.ts";
import { isS3Control, type S3ControlEndpoint } from "./s3control/endpoint.ts";
import type { CallContext, JsonService } from "./service.ts";
import { isSes, type Ses } from "./ses.ts";
import type { Sessions } from "./sessions.ts";
import { parseAuthorization } from "./sigv4.ts";
import type { Sns } from "./sns.ts";
import type { Sts } from "./sts.ts";

const CLOCK_SKEW_MS = 15 * 60_000;

export interface EndpointOptions {
  clock: SimClock;
  calls: CallSink;
  region: string;
  faults?: FaultPicker;
  /** Added to every call, in simulated milliseconds. */
  latencyMs?: number;
  /** How far a request's date may be off, in simulated milliseconds. AWS: 15 minutes. */
  maxClockSkewMs?: number;
}

export interface EndpointParts {
  account: Account;
  sessions: Sessions;
  sts: Sts;
  iam: Iam;
  sns: Sns;
  ses: Ses;
  access: Access;
  cloudtrail: CloudTrail;
  s3: S3Endpoint;
  s3control: S3ControlEndpoint;
  services: ReadonlyMap<string, JsonService>;
}

/** Takes each request through the same stations: who calls, faults, quota, the service, the records. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #parts: EndpointParts;
  readonly #quotas: Quotas;
  readonly #auth: AuthOptions;

  constructor(options: EndpointOptions, parts: EndpointParts) {
    this.#options = options;
    this.#parts = parts;
    this.#quotas = new Quotas(options.clock);
    const { clock, region, maxClockSkewMs = CLOCK_SKEW_MS } = options;
    this.#auth = { sessions: parts.sessions, clock, region, maxClockSkewMs };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(await this.#read(request), request, response);
    } catch (error) {
      // The client went away, or the simulator has a defect: either way the caller sees a dead connection.
      if (!request.destroyed && !isDisconnect(error))
        process.stderr.write(`simulated AWS: ${describe(error)}\n`);
      response.destroy();
    } finally {
      request.resume();
    }
  }

  async #read(request: IncomingMessage): Promise<Call> {
    if (request.headers["x-amz-target"] !== undefined) {
      return jsonCall(request, await readBody(request), this.#parts.services);
    }
    const isForm = String(request.headers["content-type"]).startsWith("application/x-www-form-urlencoded");
    if (isForm && request.method === "POST" && request.url === "/") {
      const service = parseAuthorization(request.headers.authorization)?.service;
      const body = await readBody(request);
      if (service === "iam") return this.#parts.iam.call(body);
      if (service === "sns") return this.#parts.sns.call(body);
      return this.#parts.sts.call(request, body);
    }
    if (isSes(request.url)) return this.#parts.ses.call(request, await readBody(request));
    if (isS3Control(request.url)) return this.#parts.s3control.call(request, await readBody(request));
    return this.#parts.s3.call(request);
  }

  async #answer(call: Call, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, latencyMs = 0, faults } = this.#options;
    const fault = faults?.next(call.service, call.operation, call.subject ?? call.resource) ?? null;
    const requestId = randomUUID();
    const wait = latencyMs + (fault?.kind === "slow" ? (fault.delayMs ?? 0) : 0);
    if (wait > 0) await clock.sleep(wait);

    const region = parseAuthorization(request.headers.authorization)?.region ?? this.#options.region;
    let [session, resource]: [AwsSession | null, string] = [null, call.resource];
    const log = (name: string): void => {
      resource = name;
    };
    const named: { roleArn?: string; job?: string | null } = {};
    const identify: CallContext["identify"] = (caller) => Object.assign(named, caller);
    const needs: Need[] = [];
    const refuse = (message: string) => call.denied?.(message) ?? new AwsError("AccessDenied", message, 403);
    let answer: Answer;
    let error: AwsError | null = null;
    // What a trail's bucket should hold by now is there when somebody looks.
    if (call.service === "s3") this.#parts.cloudtrail.deliver(call.resource.split("/")[0]);
    try {
      session = call.authErrors && authenticate(request, call.payloadHash, call.authErrors, this.#auth);
      this.#admit(call, fault, region);
      if (session) this.#parts.iam.checkDenied(session, call, clock.now());
      if (fault?.kind === "drop" && !fault.lostAnswer) throw new AwsError("ConnectionDropped", "", 0);
      const context: CallContext = {
        session,
        ...this.#parts.account,
        region,
        requestId,
        log,
        identify,
        permissions: this.#parts.access.of(session, { region, needs, refuse }),
      };
      answer = await call.handle(context);
      if (fault?.kind === "drop") throw new AwsError("AnswerLost", "", 0);
    } catch (cause) {
      // What gets lost may be a refusal, too.
      error = fault?.lostAnswer ? new AwsError("AnswerLost", "", 0) : asAwsError(cause);
      answer = call.renderError(error, requestId);
    }
    this.#record({ call, session, named, resource, needs, requestId, status: answer.status, error });
    if (answer.status === 0) request.socket.destroy();
    else {
      const date = new Date(clock.now()).toUTCString();
      await writeAnswer(answer, response, {
        date,
        "x-amzn-requestid": requestId,
        "x-amz-request-id": requestId,
      });
    }
  }

  /** Quotas are by account and region. */
  #admit(call: Call, fault: FaultRule | null, region: string): void {
    if (fault?.kind === "throttle") throw call.throttled();
    if (fault?.kind === "server-error") throw call.serverError();
    if (fault?.kind === "deny") throw call.denied?.() ?? new AwsError("AccessDenied", "Access Denied", 403);
    const quota = call.quota && { ...call.quota, key: `${region} ${call.quota.key}` };
    if (quota && !this.#quotas.take(quota)) throw call.throttled();
  }

  #record(outcome: {
    call: Call;
    session: AwsSession | null;
    /** Who made an unsigned call, as far as its service could tell. */
    named: { roleArn?: string; job?: string | null };
    resource: string;
    needs: Need[];
    requestId: string;
    status: number;
    error: AwsError | null;
  }): void {
    const { call, session, named, resource, needs, status, error } = outcome;
    const at = this.#options.clock.now();
    this.#options.calls.append({
      at: new Date(at).toISOString(),
      service: call.service,
      operation: call.operation,
      principal: session?.roleArn ?? named.roleArn ?? "anonymous",
      job: session?.job ?? named.job ?? null,
      resource,
      status,
      error: error?.code ?? null,
      ...(needs.length > 0 ? { needs } : {}),
    });
    this.#parts.cloudtrail.record({ ...outcome, at });
  }
}

function asAwsError(cause: unknown): AwsError {
  if (cause instanceof AwsError) return cause;
  if (isDisconnect(cause)) return new AwsError("ClientDisconnected", "", 0);
  // A defect of the simulator: loud, and never mistaken for an answer of AWS.
  process.stderr.write(`simulated AWS: ${describe(cause)}\n`);
  return new AwsError("SimulatorDefect", describe(cause), 500);
}
