import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { basename, isAbsolute, relative, resolve, sep } from "node:path";
import { badInput, quoted } from "../errors.ts";
import { headObject } from "../vault/vault.ts";
import { type Attachment, attachedKey, checkSize } from "./attachment.ts";
import { streamItem } from "./item-writer.ts";
import { patiently } from "./patience.ts";
import { hashObject } from "./read-back.ts";
import { RecordCounter } from "./record-counter.ts";

const PIECE_BYTES = 256 * 1024;
/** So many contents of one file are kept apart in one capture, when it changed between its tries. */
const MOST_CONTENTS = 100;

/**
 * A file in the workspace, streamed as it is.
 * @throws FirebreakError `bad-input` unless it is a file that really lies in the workspace, whatever links there are.
 */
export async function openFile(workspace: string, path: string): Promise<Attachment> {
  const handle = await openInside(workspace, path);
  try {
    const { size } = await handle.stat();
    checkSize(path, size);
    return attachment(handle, path, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function attachment(handle: FileHandle, path: string, size: number): Attachment {
  return {
    close: () => handle.close(),
    put: async (context, number) => {
      let counter = new RecordCounter();
      let hash = createHash("sha256");
      let read = 0;
      const bytes = async function* () {
        counter = new RecordCounter();
        hash = createHash("sha256");
        read = 0;
        while (read < size) {
          const piece = Buffer.allocUnsafe(PIECE_BYTES);
          const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, read);
          if (bytesRead === 0) break;
          read += bytesRead;
          const some = piece.subarray(0, bytesRead);
          counter.add(some);
          hash.update(some);
          yield some;
        }
      };
      const item = {
        source: "entra-sign-in",
        size,
        method: "stream" as const,
        origin: { uri: `workspace:${path}` },
      };
      for (let content = 1; content <= MOST_CONTENTS; content += 1) {
        const key = attachedKey(context, number, basename(path), { content });
        const written = await streamItem(context, key, bytes, {}, "as it is");
        // What is there already is only what it is: the count has to come from the same bytes as the digest.
        if (!written) for await (const _piece of bytes());
        if (read !== size) throw new Error(`${path} changed while it was attached`);
        const found = written ?? (await alreadyThere(context, key, hash.digest("hex")));
        if (!found) continue;
        const { versionId, sha256 } = found;
        const collectedAt = context.clock.now().toISOString();
        return { item: { ...item, key, versionId, sha256, collectedAt }, signIns: counter.count() };
      }
      throw new Error(`${path} was attached with ${MOST_CONTENTS} different contents in this capture`);
    },
  };
}

/** The object of an interrupted run, or of a try whose answer got lost; undefined when its content is another. */
async function alreadyThere(
  { vault, clock }: Parameters<Attachment["put"]>[0],
  key: string,
  wanted: string,
): Promise<{ versionId: string | null; sha256: string } | undefined> {
  const head = await patiently(clock, () => headObject(vault, key));
  if (!head) throw new Error(`s3://${vault.bucket}/${key} was there and cannot be found`);
  const sha256 = await hashObject(vault, clock, key);
  return sha256 === wanted ? { versionId: head.versionId, sha256 } : undefined;
}

async function openInside(workspace: string, path: string): Promise<FileHandle> {
  const root = await realpath(workspace);
  const file = await realpath(resolve(root, path)).catch(() => null);
  if (file === null)
    throw badInput("attach", `names no file: ${quoted(path)}`, "Give its path in the workspace.");
  const inside = relative(root, file);
  const outside = inside === "" || isAbsolute(inside) || inside.split(sep)[0] === "..";
  // A checkout may hold a token in there.
  if (outside || inside.split(sep).includes(".git")) {
    throw badInput(
      "attach",
      `leads out of the workspace: ${quoted(path)}`,
      "Put the file into the workspace.",
    );
  }
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: NodeJS.ErrnoException) => {
    throw badInput(
      "attach",
      `cannot be read (${cause.code}): ${quoted(path)}`,
      "Give a file that the job may read.",
    );
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw badInput("attach", `is no file: ${quoted(path)}`, "Give each file by its path.");
}
