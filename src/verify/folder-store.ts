import { constants, type Dirent } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "./format.ts";
import { type EvidenceStore, type OpenedObject, type StoredObject, UnreadableError } from "./store.ts";

/**
 * Evidence in a folder: a copy of the bucket (it holds `incidents/`), or of one incident's part of it (it holds
 * `ledger/`). Symbolic links are never followed: what is not an ordinary file is named.
 */
export class FolderStore implements EvidenceStore {
  readonly #incidents: ReadonlyMap<string, string>;

  private constructor(incidents: ReadonlyMap<string, string>) {
    this.#incidents = incidents;
  }

  /** Undefined when no incident lies there. @throws Error of the file system when the folder cannot be read. */
  static async at(folder: string): Promise<FolderStore | undefined> {
    const entries = await namesIn(folder);
    if (entries.includes("incidents")) {
      const root = join(folder, "incidents");
      const names = (await namesIn(root)).filter((name) => INCIDENT.test(name));
      const found = new Map(names.map((name) => [name, join(root, name)]));
      return found.size === 0 ? undefined : new FolderStore(found);
    }
    if (!entries.includes("ledger") && !entries.includes("captures")) return undefined;
    return new FolderStore(new Map([[await incidentOf(folder), folder]]));
  }

  async incidents(): Promise<string[]> {
    return [...this.#incidents.keys()].sort(byBytes);
  }

  async list(incident: string): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    const root = this.#incidents.get(incident);
    if (root !== undefined) await walk(Buffer.from(root), `incidents/${incident}`, objects);
    return objects.sort((a, b) => byBytes(a.key, b.key) || irregularity(a) - irregularity(b));
  }

  async open(object: StoredObject): Promise<OpenedObject> {
    const [, incident = "", ...rest] = object.key.split("/");
    const path = join(this.#incidents.get(incident) ?? "", ...rest);
    try {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      return { body: file.createReadStream() };
    } catch (error) {
      throw new UnreadableError((error as Error).message);
    }
  }
}

const INCIDENT = /^INC-[1-9]\d*$/;

/** The incident's name: the folder's, or what the first ledger entry says. */
async function incidentOf(folder: string): Promise<string> {
  const name = folder.split("/").findLast((part) => part !== "" && part !== ".") ?? "";
  if (INCIDENT.test(name)) return name;
  try {
    const file = await open(join(folder, "ledger", "00000001.json"));
    try {
      const { incident } = parseJson(await file.readFile()) as { incident?: unknown };
      if (typeof incident === "string" && INCIDENT.test(incident)) return incident;
    } finally {
      await file.close();
    }
  } catch {
    // The ledger's own check says what is wrong with it.
  }
  return "INC-0";
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder);
}

/** A name that is no UTF-8 can be no object's: it is named, and what lies behind it is not looked at. */
async function walk(folder: Buffer, prefix: string, objects: StoredObject[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: "buffer" })) {
    const name = entry.name.toString("utf8");
    const readable = Buffer.from(name).equals(entry.name);
    const key = `${prefix}/${name}`;
    const path = Buffer.concat([folder, Buffer.from("/"), entry.name]);
    if (entry.isDirectory() && readable) {
      await walk(path, key, objects);
    } else {
      const { size, mtime } = await lstat(path);
      const irregular = readable ? kindOf(entry) : "called by a name that is no UTF-8";
      const versions = irregular ? [] : [{ versionId: null, size, lastModified: mtime }];
      objects.push({ key, versions, deleteMarkers: [], irregular });
    }
  }
}

function kindOf(entry: Dirent<Buffer>): string | null {
  if (entry.isFile()) return null;
  return entry.isSymbolicLink() ? "a symbolic link" : "no ordinary file";
}

/** Of two names that read alike the unreadable one counts. */
function irregularity({ irregular }: StoredObject): number {
  return irregular === null ? 0 : 1;
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
