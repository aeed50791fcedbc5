import { sha256 } from "../vault/digest.ts";

/**
 * The id of a manual step that a plan makes up: a later plan may ask for the same about another principal, and who
 * confirmed the one has not confirmed the other.
 */
export function stepAbout(kind: string, subject: string): string {
  return `${kind}-${sha256(subject).slice(0, 8)}`;
}
