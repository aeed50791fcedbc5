/**
 * Amazon SES, API v2, as far as sending e-mail goes. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { MessageLog } from "../messages.ts";
import { type AuthErrors, JSON_AUTH_ERRORS } from "./authenticate.ts";
import type { Answer, Call } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import { readInput } from "./input.ts";
import { jsonInput } from "./json.ts";
import type { CallContext, Quota } from "./service.ts";
import { sha256 } from "./sigv4.ts";

const SEND_PATH = "/v2/email/outbound-emails";
const MOST_RECIPIENTS = 50;
/** What an account has in production to begin with; an account's own rate may be higher. */
const SEND: Quota = {
  ratePerSecond: 14,
  burst: 14,
  source: "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html",
};

/** The same codes as JSON 1.1 has, under the status of the REST protocols. */
const AUTH_ERRORS = Object.fromEntries(
  Object.entries(JSON_AUTH_ERRORS).map(([failure, make]) => [
    failure,
    (detail: string) => {
      const { code, message } = make(detail);
      return new AwsError(code, message, 403);
    },
  ]),
) as AuthErrors;

const addresses = z.array(z.string().min(1)).max(MOST_RECIPIENTS);
const content = z.strictObject({ Data: z.string(), Charset: z.string().optional() });
const SendInput = z.strictObject({
  FromEmailAddress: z.string().min(1),
  Destination: z.strictObject({ ToAddresses: addresses.min(1) }),
  ReplyToAddresses: addresses.optional(),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: content,
      Body: z.strictObject({ Text: content.optional(), Html: content.optional() }),
      Headers: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).optional(),
    }),
  }),
});

/** Whether a request is SES's: no bucket is called so. */
export function isSes(url: string | undefined): boolean {
  return url?.startsWith("/v2/email/") === true;
}

export class Ses {
  /** Verified e-mail addresses and domains. */
  readonly #identities = new Set<string>();
  readonly #messages: MessageLog;
  /** In the sandbox recipients have to be verified, too. */
  sandbox = false;
  /** Somebody, or SES itself, has paused the account's sending. */
  paused = false;

  constructor(messages: MessageLog) {
    this.#messages = messages;
  }

  /** An address or a domain, verified. */
  verify(identity: string): void {
    this.#identities.add(identity.toLowerCase());
  }

  /** The call that a request means. */
  call(request: IncomingMessage, body: Buffer): Call {
    const operation = operationOf(request);
    return {
      service: "ses",
      operation,
      eventSource: "ses.amazonaws.com",
      resource: "",
      subject: recipientsIn(body),
      payloadHash: sha256(body),
      authErrors: AUTH_ERRORS,
      quota: { key: "ses:SendEmail", quota: SEND },
      throttled: () => new AwsError("TooManyRequestsException", "Maximum sending rate exceeded.", 429),
      serverError: () => new AwsError("InternalServiceErrorException", "Internal failure.", 500),
      denied: (message = `The caller is not authorized to perform: ses:${operation}`) =>
        new AwsError("AccessDeniedException", message, 403),
      handle: async (context) => {
        if (operation !== "SendEmail")
          throw notImplemented(`the SES request ${request.method} ${request.url}`);
        return answer(200, { MessageId: this.#send(jsonInput(body), context) });
      },
      renderError: (error) => ({
        ...answer(error.httpStatus, { message: error.message }),
        headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
      }),
    };
  }

  #send(raw: ReturnType<typeof jsonInput>, context: CallContext): string {
    const { FromEmailAddress, Destination, Content } = readInput(
      SendInput,
      raw,
      "BadRequestException",
      "SendEmail",
    );
    const to = Destination.ToAddresses.map(addressOf);
    context.log(to.join(", "));
    const from = addressOf(FromEmailAddress);
    context.permissions.check({
      service: "ses",
      operation: "SendEmail",
      input: { from, identity: this.#identityOf(from), recipients: to },
    });
    if (this.paused) {
      throw new AwsError("SendingPausedException", "Sending is paused for this account.");
    }
    const illegal = [from, ...to].find((address) => !/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address));
    if (illegal !== undefined) throw new AwsError("BadRequestException", "Illegal address");
    const unverified = [from, ...(this.sandbox ? to : [])].filter((address) => !this.#isVerified(address));
    if (unverified.length > 0) {
      throw new AwsError(
        "MessageRejected",
        `Email address is not verified. The following identities failed the check in region ${context.region.toUpperCase()}: ${unverified.join(", ")}`,
      );
    }
    const { Subject, Body } = Content.Simple;
    if (/[\r\n]/.test(Subject.Data)) throw new AwsError("BadRequestException", "Illegal subject");
    const [text, html] = [Body.Text?.Data, Body.Html?.Data];
    if (text === undefined && html === undefined) {
      throw new AwsError("BadRequestException", "The message has no body.");
    }
    const messageId = `${randomUUID().replaceAll("-", "").slice(0, 16)}-${randomUUID()}-000000`;
    for (const address of to) {
      this.#messages.deliver({
        channel: "ses",
        to: address,
        subject: Subject.Data,
        text: text ?? "",
        html: html ?? null,
        messageId,
      });
    }
    return messageId;
  }

  /** The identity by which SES sends: the address where it is verified itself, else its domain. */
  #identityOf(address: string): string {
    const domain = domainOf(address);
    return !this.#identities.has(address.toLowerCase()) && this.#identities.has(domain) ? domain : address;
  }

  #isVerified(address: string): boolean {
    return this.#identities.has(address.toLowerCase()) || this.#identities.has(domainOf(address));
  }
}

/** To whom an e-mail is, before anything else is looked at. */
function recipientsIn(body: Buffer): string {
  const parsed = SendInput.safeParse(tryJson(body));
  return parsed.success ? parsed.data.Destination.ToAddresses.map(addressOf).join(", ") : "";
}

function tryJson(body: Buffer): unknown {
  try {
    return jsonInput(body);
  } catch {
    return null;
  }
}

/** `Name <address>` or the address alone. */
function addressOf(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function operationOf({ method, url }: IncomingMessage): string {
  return method === "POST" && url?.split("?")[0] === SEND_PATH ? "SendEmail" : `Unknown${method}`;
}

function answer(status: number, content: object): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(content) };
}
