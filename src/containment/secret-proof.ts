import type { Graph, SecretVerdict } from "../ports.ts";
import { type ChangeContext, failed } from "./context.ts";
import { poll } from "./poll.ts";

/**
 * What shows that a client secret is dead or alive: the tenant's token endpoint is asked for a token with it. Entra's
 * servers learn of a change one after the other, in seconds as a rule
 * (https://github.com/microsoftgraph/microsoft-graph-docs/issues/17966).
 */

/** So long at most until a change is known everywhere. */
const KNOWN_MS = 10 * 60_000;
/** One refusal is one server's word; the next question may be answered by another. */
const IN_A_ROW = 3;
/**
 * Not a secret of this application, or one that has expired
 * (https://learn.microsoft.com/entra/identity-platform/reference-error-codes). Any other refusal says nothing about it.
 */
const DEAD: readonly string[] = ["AADSTS7000215", "AADSTS7000222"];

export interface Refused {
  /** Entra's code. */
  code: string;
  /** When the first of the refusals came that nothing but refusals followed: from then on it gave no token. */
  since: string;
}

/** Whether the verdict says that the secret is none, or none any more. */
export function isDead(verdict: SecretVerdict): boolean {
  return !verdict.accepted && DEAD.includes(verdict.code);
}

/**
 * The application's secret is refused as none of its own, several times in a row.
 * @param what which secret it is, for people. @param remedy what to do when it is not refused.
 * @throws FirebreakError `old-secret-still-works`, or `secret-not-proved` when the endpoint answers something else.
 */
export async function proveRefused(
  { deps }: Pick<ChangeContext, "deps">,
  application: Graph,
  secret: string,
  what: string,
  remedy: string,
): Promise<Refused> {
  let [row, since, said] = [0, "", ""];
  let accepted = false;
  const refused = await poll(deps, "old secret", KNOWN_MS, async () => {
    const verdict = await ask(application, secret);
    if (verdict.accepted) {
      [row, accepted] = [0, true];
      return { state: "is still accepted" };
    }
    if (!isDead(verdict)) {
      [row, accepted, said] = [0, false, verdict.message];
      return { state: `no proof: ${verdict.code || "no answer"}` };
    }
    if (row === 0) since = deps.clock.now().toISOString();
    row += 1;
    const state = `is refused with ${verdict.code}`;
    return row < IN_A_ROW ? { state } : { state, done: { code: verdict.code, since } };
  });
  if (refused) return refused;
  const minutes = KNOWN_MS / 60_000;
  if (accepted) {
    throw failed(
      "old-secret-still-works",
      `${what} is still accepted by the token endpoint of Microsoft Entra ID, ${minutes} minutes on: whoever has it gets tokens.`,
      remedy,
    );
  }
  throw notProved(`${what} is not shown to be dead within ${minutes} minutes: ${said}`, remedy);
}

/**
 * The application's secret is accepted. The token is not kept.
 * @throws FirebreakError `new-secret-refused`, or `secret-not-proved` when the endpoint answers something else.
 */
export async function proveAccepted(
  { deps }: Pick<ChangeContext, "deps">,
  application: Graph,
  secret: string,
  what: string,
  remedy: string,
): Promise<{ at: string }> {
  let [dead, message] = [false, ""];
  const accepted = await poll(deps, "new secret", KNOWN_MS, async () => {
    const verdict = await ask(application, secret);
    if (verdict.accepted) return { state: "is accepted", done: { at: deps.clock.now().toISOString() } };
    [dead, message] = [isDead(verdict), verdict.message];
    return { state: `is not accepted yet: ${verdict.code || "no answer"}` };
  });
  if (accepted) return accepted;
  const minutes = KNOWN_MS / 60_000;
  if (dead) {
    throw failed(
      "new-secret-refused",
      `${what} is refused by the token endpoint of Microsoft Entra ID, ${minutes} minutes on: ${message}`,
      remedy,
    );
  }
  throw notProved(`${what} is not shown to be accepted within ${minutes} minutes: ${message}`, remedy);
}

/** An endpoint that cannot be asked has said nothing. */
async function ask(application: Graph, secret: string): Promise<SecretVerdict> {
  try {
    return await application.trySecret(secret);
  } catch (error) {
    return { accepted: false, code: "", message: error instanceof Error ? error.message : String(error) };
  }
}

function notProved(message: string, remedy: string): Error {
  return failed("secret-not-proved", message, remedy);
}
