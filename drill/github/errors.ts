/** The error replies of GitHub's REST API. */

export interface ValidationDetail {
  resource: string;
  code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  field?: string;
  value?: string;
  message?: string;
}

/** An error reply: becomes `{message, errors?, documentation_url, status}`. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly status: number;
  readonly errors: readonly (ValidationDetail | string)[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The page that the reply points to; the operation's own page when absent. */
  readonly docs: string | undefined;

  constructor(
    status: number,
    message: string,
    more: {
      errors?: readonly (ValidationDetail | string)[];
      headers?: Readonly<Record<string, string>>;
      docs?: string;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.docs = more.docs;
  }
}

export function notFound(message = "Not Found"): GitHubError {
  return new GitHubError(404, message);
}

/** 422 with details: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed */
export function validationFailed(...errors: (ValidationDetail | string)[]): GitHubError {
  return new GitHubError(422, "Validation Failed", { errors });
}

/** A request that GitHub would serve and the simulator does not; loud, so that nobody mistakes it for GitHub. */
export function notSimulated(what: string): GitHubError {
  return new GitHubError(501, `The simulated GitHub does not model ${what}.`);
}
