/** An error as an AWS service answers it: the wire layer turns it into the protocol's own shape. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** The service's error code, for example `ParameterNotFound`. */
  readonly code: string;
  /** The HTTP status that goes with the code. */
  readonly httpStatus: number;
  /** More members of the error's shape, for example S3's `Key`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    httpStatus = 400,
    details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/** What the simulator answers to anything it does not simulate, so that nothing is ever silently ignored. */
export function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", `The simulated AWS does not implement ${what}.`, 501);
}
