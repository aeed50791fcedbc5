/**
 * The repository's commits, as far as the API makes them. A commit is what it changes on top of the commit that the
 * drill began with, whose files the drill's folder holds: the simulator makes no tree of those. So blobs have the SHA
 * that git gives them, while trees and commits have one of their own, as opaque to callers as git's is.
 */
import { createHash } from "node:crypto";
import { GitHubError, notFound, validationFailed } from "./errors.ts";

export interface Person {
  name: string;
  email: string;
  /** ISO 8601, UTC, whole seconds. */
  date: string;
}

/** Path to the blob's SHA; null where the file was removed. */
export type Changes = ReadonlyMap<string, string | null>;

export interface Commit {
  sha: string;
  tree: string;
  parents: readonly string[];
  message: string;
  author: Person;
  /** Login of whose token or hand made it. */
  by: string;
}

export class GitStore {
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, Changes>();
  readonly #commits = new Map<string, Commit>();
  /** Full names, `refs/heads/main`. */
  readonly #refs = new Map<string, string>();

  constructor(branch: string, first: Omit<Commit, "tree" | "parents">) {
    const tree = this.addTree(new Map());
    this.#commits.set(first.sha, { ...first, tree, parents: [] });
    this.#refs.set(`refs/heads/${branch}`, first.sha);
  }

  addBlob(content: Buffer): string {
    const sha = sha1(Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]));
    this.#blobs.set(sha, content);
    return sha;
  }

  /** Undefined for a blob that no API call has made or read. */
  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha);
  }

  addTree(changes: Changes): string {
    const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
    const sha = sha1(`tree ${JSON.stringify(sorted)}`);
    this.#trees.set(sha, new Map(sorted));
    return sha;
  }

  /** Throws 404. */
  tree(sha: string): Changes {
    const found = this.#trees.get(sha) ?? this.#trees.get(this.#commits.get(sha)?.tree ?? "");
    if (found === undefined) throw notFound();
    return found;
  }

  addCommit(commit: Omit<Commit, "sha">): Commit {
    this.tree(commit.tree);
    const sha = sha1(`commit ${JSON.stringify(commit)}`);
    const made = { ...commit, sha };
    this.#commits.set(sha, made);
    return made;
  }

  /** Undefined when there is none. */
  commit(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }

  /** The commit that a branch, a full ref or a SHA names; undefined when there is none. */
  resolve(name: string): Commit | undefined {
    const sha = this.#refs.get(`refs/heads/${name}`) ?? this.#refs.get(name) ?? name;
    return this.#commits.get(sha);
  }

  refs(): ReadonlyMap<string, string> {
    return this.#refs;
  }

  /** https://docs.github.com/rest/git/refs#create-a-reference */
  createRef(ref: string, sha: string): void {
    if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(ref) || ref.includes("..")) {
      throw new GitHubError(422, `${ref} is not a valid ref name.`);
    }
    if (this.#refs.has(ref)) throw new GitHubError(422, "Reference already exists");
    if (!this.#commits.has(sha)) throw new GitHubError(422, "Object does not exist");
    this.#refs.set(ref, sha);
  }

  /** https://docs.github.com/rest/git/refs#update-a-reference */
  updateRef(ref: string, sha: string, force: boolean): void {
    const before = this.#refs.get(ref);
    if (before === undefined) throw new GitHubError(422, "Reference does not exist");
    if (!this.#commits.has(sha)) throw new GitHubError(422, "Object does not exist");
    if (!force && !this.isAncestor(before, sha)) {
      throw new GitHubError(422, "Update is not a fast forward");
    }
    this.#refs.set(ref, sha);
  }

  deleteRef(ref: string): void {
    if (!this.#refs.delete(ref)) throw new GitHubError(422, "Reference does not exist");
  }

  /** The commit and all that came before it, newest first along the first parents. */
  history(sha: string): Commit[] {
    const seen = new Map<string, Commit>();
    const waiting = [sha];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const commit = this.#commits.get(next);
      if (!commit || seen.has(next)) continue;
      seen.set(next, commit);
      waiting.push(...commit.parents);
    }
    return [...seen.values()];
  }

  isAncestor(ancestor: string, sha: string): boolean {
    return this.history(sha).some((commit) => commit.sha === ancestor);
  }

  /** The newest commit that both have come from. All have come from the first one. */
  mergeBase(one: string, other: string): Commit {
    const before = new Set(this.history(one).map(({ sha }) => sha));
    const found = this.history(other).find(({ sha }) => before.has(sha));
    if (!found) throw validationFailed("No common ancestor");
    return found;
  }

  /** What a commit's files have that another's have not, path to blob. */
  difference(from: string, to: string): Changes {
    const [old, now] = [this.tree(from), this.tree(to)];
    const paths = new Set([...old.keys(), ...now.keys()]);
    const changed = [...paths].filter((path) => old.get(path) !== now.get(path));
    // What neither knows any more is as it was in the beginning, which only the drill's folder knows.
    return new Map(changed.map((path) => [path, now.get(path) ?? null]));
  }

  /**
   * The tree of a merge; null where both sides have changed the same file, differently. Coarser than git, which merges
   * such files by lines.
   */
  mergedTree(base: string, head: string): Changes | null {
    const ancestor = this.mergeBase(base, head).sha;
    const [ours, theirs] = [this.difference(ancestor, base), this.difference(ancestor, head)];
    const conflict = [...theirs].some(([path, blob]) => ours.has(path) && ours.get(path) !== blob);
    return conflict ? null : new Map([...this.tree(base), ...theirs]);
  }
}

function sha1(content: string | Buffer): string {
  return createHash("sha1").update(content).digest("hex");
}
