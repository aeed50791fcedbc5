/** A refusal as Microsoft Graph words it: https://learn.microsoft.com/graph/errors */
export class GraphRefusal extends Error {
  override readonly name = "GraphRefusal";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  body(): object {
    return { error: { code: this.code, message: this.message } };
  }
}

/** A refusal as the token endpoint words it: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export class TokenRefusal extends Error {
  override readonly name = "TokenRefusal";
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.number = number;
  }

  body(): object {
    return {
      error: this.error,
      error_description: `AADSTS${this.number}: ${this.message}`,
      error_codes: [this.number],
    };
  }
}
