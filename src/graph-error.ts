/** Microsoft Graph, or the token endpoint before it, did not do what it was asked. Never holds a token. */
export class GraphError extends Error {
  override readonly name = "GraphError";
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Graph's code (`Authorization_RequestDenied`) or Entra's (`AADSTS700213`); empty when there was none. */
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }

  /** Whether asking again, as things are, would be answered the same: not allowed, not licensed, not set up. */
  get refused(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}
