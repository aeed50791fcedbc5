import { sha256 } from "../vault/digest.ts";

/**
 * Keys of items. What they are made of (object keys, stream names) was chosen by whoever wrote there, perhaps by an
 * attacker. The mapping is one-to-one, so that nobody can make one item hide another, and no key leads out of the
 * capture's folder when the vault is written to a disk.
 */

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY = 1024;

/**
 * Turns an untrusted name into a path of safe segments: `.`, `..`, empty segments, control characters, backslashes
 * and the characters with a meaning here (`%`, `@`, `~`) are percent-encoded; everything else stays readable.
 */
export function safePath(name: string): string {
  return name.split("/").map(safeSegment).join("/");
}

/** As `safePath`, for a name that shall be one segment: slashes are encoded too. */
export function safeName(name: string): string {
  return safeSegment(name).replaceAll("/", "%2F");
}

/**
 * `folder` + `name` + `suffix` as a key of at most 1,024 bytes: a name too long for that is cut and followed by `~`
 * and the SHA-256 of the whole.
 */
export function itemKey(folder: string, name: string, suffix = ""): string {
  const key = `${folder}${name}${suffix}`;
  const excess = Buffer.byteLength(key) - LONGEST_KEY;
  if (excess <= 0) return key;
  const mark = `~${sha256(name)}`;
  let kept = name;
  while (Buffer.byteLength(`${folder}${kept}${mark}${suffix}`) > LONGEST_KEY)
    kept = [...kept].slice(0, -1).join("");
  return `${folder}${kept}${mark}${suffix}`;
}

function safeSegment(segment: string): string {
  if (segment === "") return "%";
  if (/^\.+$/.test(segment)) return segment.replaceAll(".", "%2E");
  return segment.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}%@~\\]/gu, percentEncode);
}

function percentEncode(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
