/** AWS IAM over the query protocol, for roles. https://docs.aws.amazon.com/IAM/latest/APIReference/ */

import type { AwsSession } from "../../contracts.ts";
import { QUERY_AUTH_ERRORS } from "../authenticate.ts";
import type { Answer, Call } from "../call.ts";
import { AwsError, notImplemented } from "../errors.ts";
import { checkVersion, queryError, respond } from "../query.ts";
import type { CallContext } from "../service.ts";
import { sha256 } from "../sigv4.ts";
import { evaluate, letsSomebodyIn } from "./evaluate.ts";
import { IAM_OPERATIONS } from "./operations.ts";
import { IamStore } from "./store.ts";

const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";

export class Iam {
  readonly store: IamStore;

  constructor({ accountId }: { accountId: string }) {
    this.store = new IamStore(accountId);
  }

  /** Whether the role's trust policy lets nobody in. */
  trustIsClosed(roleArn: string): boolean {
    const role = this.store.roleOf(roleArn);
    return role !== undefined && !letsSomebodyIn(role.trust);
  }

  /**
   * Refuses the call of a role whose own policies deny it explicitly, a session that was revoked for one. What they
   * allow is not asked. Throws what the call's service answers then.
   */
  checkDenied(session: AwsSession, call: Call, now: number): void {
    const role = this.store.roleOf(session.roleArn);
    // No policy can deny it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    if (!role || call.operation === "GetCallerIdentity") return;
    const action = `${call.service}:${call.operation}`;
    const { issuedAt } = session;
    const { decision } = evaluate(this.store, this.store.inEffect(role, now), {
      action,
      resource: "*",
      issuedAt,
    });
    if (decision !== "explicitDeny") return;
    const message = `User: ${session.sessionArn} is not authorized to perform: ${action} with an explicit deny in an identity-based policy`;
    throw call.denied?.() ?? new AwsError("AccessDenied", message, 403);
  }

  /** The call that a form body names. AWS publishes no request quota for IAM. */
  call(body: Buffer): Call {
    const form = new URLSearchParams(body.toString("utf8"));
    const operation = form.get("Action") ?? "";
    return {
      service: "iam",
      operation,
      eventSource: "iam.amazonaws.com",
      resource: form.get("RoleName") ?? form.get("PolicyArn") ?? "",
      payloadHash: sha256(body),
      authErrors: QUERY_AUTH_ERRORS,
      quota: null,
      throttled: () => new AwsError("Throttling", "Rate exceeded", 400),
      serverError: () =>
        new AwsError("ServiceFailure", "The request processing has failed because of an unknown error.", 500),
      handle: async (context) => this.#handle(operation, form, context),
      renderError: queryError(NAMESPACE),
    };
  }

  #handle(operation: string, form: URLSearchParams, context: CallContext): Answer {
    checkVersion(form, "2010-05-08");
    const run = Object.hasOwn(IAM_OPERATIONS, operation) ? IAM_OPERATIONS[operation] : undefined;
    if (!run) throw notImplemented(`iam:${operation}`);
    context.permissions.check({ service: "iam", operation, input: Object.fromEntries(form) });
    return respond(operation, run(form, this.store, context), context, NAMESPACE);
  }
}
