import { isSecretText } from "../evidence/secret-signs.ts";
import { plainTitle } from "../incident/markdown.ts";

const LONGEST_LINE = 400;

/**
 * Text from outside as one line that no mail program, chat or browser takes for a link: the sender is trusted, so what it
 * sends must not carry somebody else's address. What looks like a secret is left out.
 */
export function foreign(text: string, limit = LONGEST_LINE): string {
  if (isSecretText(text)) return "(left out, since it looks like a secret)";
  return plainTitle(text, limit)
    .replaceAll("://", "[://]")
    .replace(/(?<=[\p{L}\p{N}])\.(?=\p{L}{2,})/gu, "[.]");
}

/** A moment in UTC and in the runbook's time zone. */
export function moment(at: string, timeZone: string): string {
  const local = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });
  return `${at.slice(0, 16).replace("T", " ")} UTC (${local.format(new Date(at))} ${timeZone})`;
}
