/** A webhook gave no answer. Never holds its address, which is a secret. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  /** Whether the request may have gone out: then it may have been obeyed. */
  readonly asked: boolean;

  constructor(message: string, asked: boolean) {
    super(message);
    this.asked = asked;
  }
}
