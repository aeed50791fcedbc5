/** AWS STS over the query protocol: role sessions for the jobs' OIDC tokens. https://docs.aws.amazon.com/STS/latest/APIReference/ */
import type { IncomingMessage } from "node:http";
import { type OidcClaims, OidcError, type OidcIssuer } from "../oidc.ts";
import { QUERY_AUTH_ERRORS } from "./authenticate.ts";
import type { Account, Answer, Call } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import { checkVersion, queryError, refuseUnknown, required, respond } from "./query.ts";
import type { CallContext } from "./service.ts";
import type { Sessions } from "./sessions.ts";
import { sha256 } from "./sigv4.ts";
import { wildcardMatch } from "./wildcard.ts";
import type { XmlObject } from "./xml.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Whom a role lets in through the OIDC provider, as its trust policy says. */
export interface RoleTrust {
  roleArn: string;
  /** The token's `aud`, `sts.amazonaws.com` for GitHub's. */
  audience: string;
  /** Accepted `sub` claims, StringLike: `*` and `?` are wildcards. */
  subjects: readonly string[];
  /** AWS services that may take it on, for example `batchoperations.s3.amazonaws.com`. None when absent. */
  services?: readonly string[];
  /** Role sessions that may call AssumeRole on it, by role ARN, StringLike. None when absent. */
  assumableBy?: readonly string[];
  maxDurationSeconds?: number;
}

export class Sts {
  readonly #trusts = new Map<string, RoleTrust>();
  readonly #oidc: OidcIssuer;
  readonly #sessions: Sessions;
  readonly #account: Account;
  readonly #isClosed: (roleArn: string) => boolean;

  /** @param isClosed whether IAM has a trust policy of the role that lets nobody in, whatever was seeded here. */
  constructor(
    oidc: OidcIssuer,
    sessions: Sessions,
    account: Account,
    isClosed: (roleArn: string) => boolean = () => false,
  ) {
    this.#isClosed = isClosed;
    this.#oidc = oidc;
    this.#sessions = sessions;
    this.#account = account;
  }

  /** Seeds a role's trust, replacing what was there. */
  trust(role: RoleTrust): void {
    this.#trusts.set(role.roleArn, role);
  }

  /** Whether the role exists and its trust policy names the service. */
  trustsService(roleArn: string, service: string): boolean {
    return this.#trusts.get(roleArn)?.services?.includes(service) ?? false;
  }

  /** The call that a form body names. */
  call(_request: IncomingMessage, body: Buffer): Call {
    const form = new URLSearchParams(body.toString("utf8"));
    const operation = form.get("Action") ?? "";
    return {
      service: "sts",
      operation,
      eventSource: "sts.amazonaws.com",
      resource: form.get("RoleArn") ?? "",
      payloadHash: sha256(body),
      authErrors: operation === "AssumeRoleWithWebIdentity" ? null : QUERY_AUTH_ERRORS,
      // STS publishes 600 requests a second, shared: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
      quota: {
        key: "sts:*",
        quota: {
          ratePerSecond: 600,
          burst: 600,
          source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        },
      },
      throttled: () => new AwsError("Throttling", "Rate exceeded", 400),
      serverError: () =>
        new AwsError(
          "InternalFailure",
          "The request processing has failed because of an unknown error.",
          500,
        ),
      handle: async (context) => this.#handle(operation, form, context),
      renderError: queryError(NAMESPACE),
    };
  }

  #handle(operation: string, form: URLSearchParams, context: CallContext): Answer {
    checkVersion(form, "2011-06-15");
    switch (operation) {
      case "AssumeRoleWithWebIdentity":
        return respond(operation, this.#assumeWithWebIdentity(form, context), context, NAMESPACE);
      case "AssumeRole":
        return respond(operation, this.#assumeRole(form, context), context, NAMESPACE);
      case "GetCallerIdentity":
        return respond(operation, callerIdentity(context), context, NAMESPACE);
      default:
        throw notImplemented(`sts:${operation}`);
    }
  }

  /** The call counts as the job's that the token names, and once it is granted as the role's. */
  #assumeWithWebIdentity(form: URLSearchParams, { identify }: CallContext): XmlObject {
    refuseUnknown("sts", form, ["RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds"]);
    const roleArn = required(form, "RoleArn");
    const claims = this.#verified(required(form, "WebIdentityToken"));
    const job = typeof claims.job_workflow_job === "string" ? claims.job_workflow_job : null;
    identify({ job });
    const role = this.#trusts.get(roleArn);
    const subject = String(claims.sub ?? "");
    if (
      !role ||
      this.#isClosed(roleArn) ||
      !audiences(claims).includes(role.audience) ||
      !role.subjects.some((s) => wildcardMatch(s, subject))
    ) {
      throw new AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403);
    }
    const credentials = this.#credentials(role, job, form);
    identify({ roleArn });
    return {
      ...credentials,
      SubjectFromWebIdentityToken: subject,
      Provider: `arn:aws:iam::${this.#account.accountId}:oidc-provider/${new URL(this.#oidc.issuer).host}`,
      Audience: role.audience,
    };
  }

  #assumeRole(form: URLSearchParams, { session }: CallContext): XmlObject {
    refuseUnknown("sts", form, ["RoleArn", "RoleSessionName", "DurationSeconds"]);
    const roleArn = required(form, "RoleArn");
    const role = this.#trusts.get(roleArn);
    const caller = session?.roleArn ?? "";
    const trusted = role?.assumableBy?.some((pattern) => wildcardMatch(pattern, caller)) ?? false;
    if (!role || !trusted || this.#isClosed(roleArn)) {
      throw new AwsError(
        "AccessDenied",
        `User: ${session?.sessionArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        403,
      );
    }
    return this.#credentials(role, session?.job ?? null, form);
  }

  #verified(token: string): OidcClaims {
    try {
      return this.#oidc.verify(token, this.#account.clock.now());
    } catch (cause) {
      if (!(cause instanceof OidcError)) throw cause;
      if (cause.expired)
        throw new AwsError(
          "ExpiredTokenException",
          "Token expired: current date/time must be before the expiration date/time",
          400,
        );
      throw new AwsError("InvalidIdentityToken", cause.message, 400);
    }
  }

  #credentials(role: RoleTrust, job: string | null, form: URLSearchParams): XmlObject {
    const sessionName = required(form, "RoleSessionName");
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw new AwsError(
        "ValidationError",
        `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
        400,
      );
    }
    const durationSeconds = Number(form.get("DurationSeconds") ?? 3600);
    if (!(durationSeconds >= 900 && durationSeconds <= (role.maxDurationSeconds ?? 3600))) {
      throw new AwsError(
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        400,
      );
    }
    const session = this.#sessions.issue({ roleArn: role.roleArn, job, sessionName, durationSeconds });
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: new Date(session.expiresAt).toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: `AROADRILL:${sessionName}`, Arn: session.sessionArn },
      PackedPolicySize: 0,
    };
  }
}

function callerIdentity({ session, accountId }: CallContext): XmlObject {
  const sessionName = session?.sessionArn.split("/").at(-1) ?? "";
  return { Arn: session?.sessionArn, UserId: `AROADRILL:${sessionName}`, Account: accountId };
}

function audiences(claims: OidcClaims): unknown[] {
  return Array.isArray(claims.aud) ? claims.aud : [claims.aud];
}
