import { badInput, quoted } from "../errors.ts";
import type { SourceContext } from "./context.ts";
import { itemKey, safeName } from "./keys.ts";
import type { ManifestItem } from "./source-schema.ts";

/** A file that somebody has delivered, found and looked at from outside, ready to be put into a capture. */
export interface Attachment {
  /** Puts it in as the `number`th. @returns its item and, where it is JSON on this machine, how many sign-ins it has. */
  put(
    context: Omit<SourceContext, "progress" | "scheduler">,
    number: number,
  ): Promise<{ item: ManifestItem; signIns: number | null }>;
  close(): Promise<void>;
}

/** Parts of 8 MiB, of which an upload has 10,000 at the most, hold 78 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LARGEST_ATTACHMENT = 50 * 1024 ** 3;

/**
 * `entra/attached/<number>-<name>` in the capture's folder; the name is untrusted. Other content under the same number
 * and name, from an interrupted run, does not stand in its way: an object's version follows as `@<version>`, and a
 * file's second content becomes `<number>~2-<name>`.
 */
export function attachedKey(
  { folder }: Pick<SourceContext, "folder">,
  number: number,
  name: string,
  { version, content = 1 }: { version?: string | undefined; content?: number } = {},
): string {
  const place = content === 1 ? `${number}` : `${number}~${content}`;
  const suffix = version === undefined ? "" : `@${safeName(version)}`;
  return itemKey(`${folder}entra/attached/`, `${place}-${safeName(name)}`, suffix);
}

export function checkSize(place: string, size: number): void {
  if (size === 0)
    throw badInput("attach", `names an empty file: ${quoted(place)}`, "Attach the export itself.");
  if (size > LARGEST_ATTACHMENT) {
    throw badInput("attach", `names a file of more than 50 GiB: ${quoted(place)}`, "Attach it in parts.");
  }
}
