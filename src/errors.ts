/**
 * An error meant for the person at the keyboard: what is wrong, and the way to mend it.
 *
 * `reason` is a stable word for machines (it ends up in the ledger and in the drill's expectations); `remedy` is
 * one sentence or command that a responder can act on.
 */
export class FirebreakError extends Error {
  readonly reason: string;
  readonly remedy: string;
  /** What the action hands to the workflow although it failed. */
  readonly outputs: Readonly<Record<string, string>>;

  constructor(
    reason: string,
    message: string,
    remedy: string,
    { outputs = {}, ...options }: ErrorOptions & { outputs?: Record<string, string> } = {},
  ) {
    super(message, options);
    this.name = "FirebreakError";
    this.reason = reason;
    this.remedy = remedy;
    this.outputs = outputs;
  }
}

/** The input `name` holds junk. Thrown before any call is made. */
export function badInput(name: string, problem: string, remedy: string): FirebreakError {
  return new FirebreakError("bad-input", `Input '${name}' ${problem}`, remedy);
}

/** Untrusted text in an error message: short, on one line, everything but plain ASCII written out. */
export function quoted(value: string): string {
  return JSON.stringify(value.slice(0, 80)).replace(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The message of whatever was thrown, with the remedy when there is one. */
export function describeError(error: unknown): string {
  if (error instanceof FirebreakError) return `${error.message}\nTo mend it: ${error.remedy}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
