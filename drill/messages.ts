/** Everything that the simulated platform delivered to people, in order. */
import type { SimClock } from "./contracts.ts";

export interface Message {
  /** ISO 8601, UTC, simulated clock. */
  at: string;
  channel: "sns" | "ses" | "slack" | "teams";
  /** A topic's ARN, an e-mail address, or the name of the SSM parameter that holds the webhook's URL. */
  to: string;
  subject: string | null;
  /** What a person reads: of a webhook's payload every text in it, a line each. */
  text: string;
  html: string | null;
  /** The service's own id; null where it gives none. */
  messageId: string | null;
}

export class MessageLog {
  readonly #clock: SimClock;
  readonly #messages: Message[] = [];

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  deliver(message: Omit<Message, "at">): void {
    this.#messages.push({ at: new Date(this.#clock.now()).toISOString(), ...message });
  }

  /** Oldest first. */
  all(): readonly Message[] {
    return this.#messages;
  }
}
