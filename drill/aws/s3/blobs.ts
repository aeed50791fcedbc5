/** Object bodies on disk. A blob never changes, so copies and assembled parts share its bytes. */
import { closeSync, mkdtempSync, openSync, readSync, writeSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Bodies up to this size go into one shared file: a hundred thousand small objects are not as many files. */
const SMALL_BYTES = 256 * 1024;
const READ_BYTES = 256 * 1024;

interface Extent {
  readonly file: string | null;
  readonly offset: number;
  readonly length: number;
}

/** Stands for a file of nothing but zeros, as long as anybody wants. */
const ZEROS = "zeros";

/** Immutable bytes; where they lie is the store's own business. */
export interface Blob {
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Takes a body chunk by chunk. After `finish` or `discard` it is done. */
export interface BlobWriter {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<Blob>;
  discard(): Promise<void>;
}

export class BlobStore {
  readonly directory: string;
  readonly #pack: number;
  #packSize = 0;
  #files = 0;
  #closed = false;

  constructor(directory = mkdtempSync(join(tmpdir(), "drill-s3-"))) {
    this.directory = directory;
    this.#pack = openSync(join(directory, "pack"), "w+", 0o600);
  }

  /** Stores a small body at once. Throws when the store is closed: its file is somebody else's then. */
  put(body: Buffer): Blob {
    if (this.#closed) throw new Error("the simulated S3 is closed");
    const offset = this.#packSize;
    this.#packSize += body.length;
    for (let done = 0; done < body.length; ) {
      done += writeSync(this.#pack, body, done, body.length - done, offset + done);
    }
    return { size: body.length, extents: [{ file: null, offset, length: body.length }] };
  }

  writer(): BlobWriter {
    let buffered: Buffer[] = [];
    let size = 0;
    let path = "";
    let handle: FileHandle | null = null;
    const spill = async (): Promise<FileHandle> => {
      path = join(this.directory, `body-${++this.#files}`);
      const file = await open(path, "wx", 0o600);
      for (const chunk of buffered) await file.write(chunk);
      buffered = [];
      return file;
    };
    return {
      write: async (chunk) => {
        size += chunk.length;
        if (handle) await handle.write(chunk);
        else {
          buffered.push(chunk);
          if (size > SMALL_BYTES) handle = await spill();
        }
      },
      finish: async () => {
        if (!handle) return this.put(Buffer.concat(buffered));
        await handle.close();
        return { size, extents: [{ file: path, offset: 0, length: size }] };
      },
      discard: async () => {
        buffered = [];
        await handle?.close();
        if (handle) await rm(path, { force: true });
      },
    };
  }

  /** The bytes from `start` up to, not including, `end`. */
  async *read(blob: Blob, start = 0, end = blob.size): AsyncGenerator<Buffer, undefined> {
    for (const extent of slice(blob, start, end).extents) {
      if (extent.file === null) yield* this.#readPack(extent);
      else if (extent.file === ZEROS) yield* readZeros(extent.length);
      else yield* readFile(extent.file, extent);
    }
  }

  /** Frees the disk. */
  async close(): Promise<void> {
    this.#closed = true;
    closeSync(this.#pack);
    await rm(this.directory, { recursive: true, force: true });
  }

  *#readPack({ offset, length }: Extent): Generator<Buffer, undefined> {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done));
      const read = readSync(this.#pack, buffer, 0, buffer.length, offset + done);
      if (read === 0) throw new Error("an object's body is shorter on disk than it was written");
      done += read;
      yield buffer.subarray(0, read);
    }
  }
}

/** A body of zeros that takes no room: for objects too large for a test's disk. */
export function zeros(size: number): Blob {
  return { size, extents: [{ file: ZEROS, offset: 0, length: size }] };
}

/** How many zeros the blob is made of; null when it has any other bytes. */
export function lengthOfZeros(blob: Blob): number | null {
  return blob.size > 0 && blob.extents.every(({ file }) => file === ZEROS) ? blob.size : null;
}

function* readZeros(length: number): Generator<Buffer, undefined> {
  const piece = Buffer.alloc(Math.min(length, READ_BYTES));
  for (let done = 0; done < length; done += piece.length) yield piece.subarray(0, length - done);
}

/** The bytes of a blob from `start` up to, not including, `end`, without copying them. */
export function slice(blob: Blob, start: number, end: number): Blob {
  const extents: Extent[] = [];
  let position = 0;
  for (const extent of blob.extents) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + extent.length);
    if (from < to) extents.push({ ...extent, offset: extent.offset + from - position, length: to - from });
    position += extent.length;
  }
  return { size: extents.reduce((sum, { length }) => sum + length, 0), extents };
}

/** One blob after the other, without copying them. */
export function concatenate(blobs: readonly Blob[]): Blob {
  return {
    size: blobs.reduce((sum, { size }) => sum + size, 0),
    extents: blobs.flatMap(({ extents }) => extents),
  };
}

async function* readFile(path: string, { offset, length }: Extent): AsyncGenerator<Buffer, undefined> {
  const handle = await open(path, "r");
  try {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset + done);
      if (bytesRead === 0) throw new Error("an object's body is shorter on disk than it was written");
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
