import { createHash } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";

interface Command {
  constructor: { name: string };
  input: Record<string, unknown>;
}

/** S3 for unit tests: one versioned bucket in memory, conditional writes, and a record of every call. */
export class MemoryS3 {
  /** The current version of every object. */
  readonly objects = new Map<string, Buffer>();
  /** How many versions lie below the current one, by key. */
  readonly #older = new Map<string, number>();
  readonly calls: { operation: string; key: string }[] = [];
  /** Thrown instead of answering when it returns an error. */
  fail: (operation: string, key: string) => Error | undefined = () => undefined;

  /** What the product takes for an S3 client; the SDK's paginators insist on a real one. */
  readonly client: S3Client = Object.assign(new S3Client({ region: "eu-west-1" }), {
    send: (command: Command) => this.send(command),
  }) as unknown as S3Client;

  async send(command: Command): Promise<unknown> {
    const operation = command.constructor.name.replace(/Command$/, "");
    const input = command.input;
    const key = String(input.Key ?? input.Prefix ?? "");
    this.calls.push({ operation, key });
    const failure = this.fail(operation, key);
    if (failure) throw failure;
    // A turn of the event loop, so that racing callers really interleave.
    await new Promise((resolve) => setImmediate(resolve));
    switch (operation) {
      case "PutObject":
        return this.#put(key, input);
      case "HeadObject":
        return this.#head(key);
      case "GetObject":
        return { ...this.#head(key), Body: { transformToByteArray: async () => this.#get(key) } };
      case "ListObjectsV2":
        return this.#list(input);
      case "ListObjectVersions":
        return this.#listVersions(key);
      default:
        throw new Error(`MemoryS3 does not know ${operation}`);
    }
  }

  #put(key: string, input: Record<string, unknown>): unknown {
    if (input.IfNoneMatch === "*" && this.objects.has(key)) throw named("PreconditionFailed");
    if (this.objects.has(key)) this.#older.set(key, (this.#older.get(key) ?? 0) + 1);
    this.objects.set(key, Buffer.from(input.Body as Uint8Array));
    return { VersionId: "v1" };
  }

  #get(key: string): Buffer {
    const body = this.objects.get(key);
    if (!body) throw named("NoSuchKey");
    return body;
  }

  #head(key: string): Record<string, unknown> {
    const body = this.objects.get(key);
    if (!body) throw named("NotFound");
    return {
      ContentLength: body.byteLength,
      VersionId: "v1",
      LastModified: new Date(0),
      ChecksumSHA256: createHash("sha256").update(body).digest("base64"),
    };
  }

  #listVersions(prefix: string): unknown {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const versions = keys.flatMap((Key) => Array(1 + (this.#older.get(Key) ?? 0)).fill({ Key }));
    return { IsTruncated: false, Versions: versions };
  }

  #list(input: Record<string, unknown>): unknown {
    const prefix = String(input.Prefix ?? "");
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const after = String(input.StartAfter ?? "");
    const most = Number(input.MaxKeys ?? 1000);
    if (input.Delimiter !== "/") {
      const page = keys.filter((key) => key > after).slice(0, most);
      return { Contents: page.map((Key) => ({ Key })) };
    }
    const folders = keys
      .map((key) => key.slice(prefix.length).split("/"))
      .filter((parts) => parts.length > 1);
    return {
      CommonPrefixes: [...new Set(folders.map(([first]) => `${prefix}${first}/`))].map((Prefix) => ({
        Prefix,
      })),
    };
  }
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
