/** Amazon SNS over the query protocol, as far as publishing goes. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
import { randomUUID } from "node:crypto";
import type { MessageLog } from "../messages.ts";
import { QUERY_AUTH_ERRORS } from "./authenticate.ts";
import type { Account, Answer, Call } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import { checkVersion, queryError, refuseUnknown, respond } from "./query.ts";
import type { CallContext, Quota } from "./service.ts";
import { sha256 } from "./sigv4.ts";

const NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/";
const LARGEST_BYTES = 262_144;
/** Messages a second of a standard topic in the smaller regions. */
const PUBLISH: Quota = {
  ratePerSecond: 300,
  burst: 300,
  source: "https://docs.aws.amazon.com/general/latest/gr/sns.html",
};
/** ASCII that begins with a letter, digit or punctuation mark, without control characters, fewer than 100 of them. */
const SUBJECT = /^[!-~][ -~]{0,98}$/;

interface Topic {
  arn: string;
  /** What its own key or the service answers instead of taking a message; null when it takes them. */
  refuses: AwsError | null;
}

export class Sns {
  readonly #topics = new Map<string, Topic>();
  readonly #account: Account;
  readonly #messages: MessageLog;

  constructor(account: Account, messages: MessageLog) {
    this.#account = account;
    this.#messages = messages;
  }

  /** Makes a standard topic; `keyDisabled` when the KMS key that it is encrypted with is. Gives its ARN. */
  seedTopic(name: string, { keyDisabled = false } = {}): string {
    const { region, accountId } = this.#account;
    const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
    const refuses = keyDisabled
      ? new AwsError(
          "KMSDisabled",
          "The request was rejected because the specified AWS KMS key isn't enabled.",
        )
      : null;
    this.#topics.set(arn, { arn, refuses });
    return arn;
  }

  /** The topics' ARNs, in the order in which they were made. */
  topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** The call that a form body names. */
  call(body: Buffer): Call {
    const form = new URLSearchParams(body.toString("utf8"));
    const operation = form.get("Action") ?? "";
    const topic = form.get("TopicArn") ?? "";
    return {
      service: "sns",
      operation,
      eventSource: "sns.amazonaws.com",
      resource: topic,
      payloadHash: sha256(body),
      authErrors: QUERY_AUTH_ERRORS,
      quota: operation === "Publish" ? { key: "sns:Publish", quota: PUBLISH } : null,
      throttled: () => new AwsError("Throttling", "Rate exceeded", 400),
      serverError: () => new AwsError("InternalError", "An internal service error occurred.", 500),
      denied: (message = `The caller is not authorized to perform: SNS:${operation} on resource: ${topic}`) =>
        new AwsError("AuthorizationError", message, 403),
      handle: async (context) => this.#handle(operation, form, context),
      renderError: queryError(NAMESPACE),
    };
  }

  #handle(operation: string, form: URLSearchParams, context: CallContext): Answer {
    checkVersion(form, "2010-03-31");
    if (operation !== "Publish") throw notImplemented(`sns:${operation}`);
    refuseUnknown("sns", form, ["TopicArn", "Message", "Subject"]);
    context.permissions.check({ service: "sns", operation, input: Object.fromEntries(form) });
    return respond(operation, { MessageId: this.#publish(form) }, context, NAMESPACE);
  }

  #publish(form: URLSearchParams): string {
    const [arn, subject, text] = [form.get("TopicArn"), form.get("Subject"), form.get("Message")];
    if (!arn) throw invalid("TopicArn or TargetArn Reason: no value for required parameter");
    const [, region] = /^arn:aws:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}$/.exec(arn) ?? [];
    if (region !== this.#account.region) throw invalid("TopicArn");
    if (!text) throw invalid("Empty message");
    if (Buffer.byteLength(text) > LARGEST_BYTES) throw invalid("Message too long");
    if (subject !== null && !SUBJECT.test(subject)) throw invalid("Subject");
    const topic = this.#topics.get(arn);
    if (!topic) throw new AwsError("NotFound", "Topic does not exist", 404);
    if (topic.refuses) throw topic.refuses;
    const messageId = randomUUID();
    this.#messages.deliver({ channel: "sns", to: arn, subject, text, html: null, messageId });
    return messageId;
  }
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`, 400);
}
