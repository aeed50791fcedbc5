import { FirebreakError } from "../errors.ts";
import { type Application, type Credential, describeCredential } from "./entra-application.ts";

/** Which of an application's client secrets is the compromised one. Pure. */

/** Entra shows so many characters of a secret. */
const HINT_LENGTH = 3;
/** The secret was made before it was written; two clocks may say otherwise by so much. */
const CLOCKS_MS = 5 * 60_000;

export interface Compromised {
  /** The value of the parameter's compromised version. Never shown. */
  secret: string;
  /** When that version was written. */
  writtenAt: Date;
  /** The key id that somebody chose; undefined where nobody did. */
  chosen: string | undefined;
  /** How to choose. */
  chooseCommand: string;
}

/**
 * The one credential that has the secret's hint and had begun when the secret was written, or the one that was chosen,
 * unless its hint says that it is another. Null when there is none: that it was removed is still to be shown then.
 * @throws FirebreakError `credential-ambiguous`, `credential-not-found` (the chosen one), `credential-mismatch`; each
 *   lists what there is.
 */
export function chooseCredential({ credentials }: Application, compromised: Compromised): Credential | null {
  const { secret, chosen, chooseCommand } = compromised;
  if (chosen !== undefined) return chosenCredential(credentials, secret, chosen, chooseCommand);
  const fitting = credentials.filter((one) => fits(one, compromised));
  const [only, ...more] = fitting;
  if (!only) return null;
  if (more.length === 0) return only;
  throw new FirebreakError(
    "credential-ambiguous",
    [
      `${fitting.length} client secrets begin like the compromised one and are old enough to be it:`,
      ...fitting.map(describeCredential),
    ].join("\n"),
    `Find out which it is (its name and dates, who made it), then choose it: ${chooseCommand}`,
  );
}

/** The first characters of a secret, as Entra shows them. */
export function hintOf(secret: string): string {
  return secret.slice(0, HINT_LENGTH);
}

/** All credentials in a list. */
export function listed(credentials: readonly Credential[]): string[] {
  return credentials.length === 0
    ? ["- none: the application has no client secret"]
    : credentials.map(describeCredential);
}

function fits({ hint, start }: Credential, { secret, writtenAt }: Compromised): boolean {
  const begun = start === null || Date.parse(start) <= writtenAt.getTime() + CLOCKS_MS;
  return hint === hintOf(secret) && begun;
}

function chosenCredential(
  credentials: readonly Credential[],
  secret: string,
  chosen: string,
  chooseCommand: string,
): Credential {
  const found = credentials.find(({ keyId }) => keyId === chosen.toLowerCase());
  if (!found) {
    throw new FirebreakError(
      "credential-not-found",
      [
        `The application has no client secret with the key id ${chosen}. It has:`,
        ...listed(credentials),
      ].join("\n"),
      `Choose one of these: ${chooseCommand}`,
    );
  }
  if (found.hint !== null && found.hint !== hintOf(secret)) {
    throw new FirebreakError(
      "credential-mismatch",
      [
        `The client secret with the key id ${chosen} begins otherwise than the one in the parameter: removing it would leave the compromised one alive. The application has:`,
        ...listed(credentials),
      ].join("\n"),
      `Choose the one that the parameter holds: ${chooseCommand}`,
    );
  }
  return found;
}
