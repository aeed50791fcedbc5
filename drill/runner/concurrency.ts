/**
 * Concurrency groups, shared by all runs of a drill.
 * https://docs.github.com/en/actions/concepts/workflows-and-actions/concurrency
 */

export interface ConcurrencyRequest {
  /** Compared without regard to case. */
  group: string;
  cancelInProgress: boolean;
  /** `single` keeps one pending request and cancels the one before it; `max` keeps up to 100 in order. */
  queue: "single" | "max";
  /** Told when a newer request with `cancelInProgress` takes the holder's place. */
  cancelHolder: (reason: string) => void;
  /** Gives the request up while it is pending. */
  signal?: AbortSignal;
}

/** A request that lost its place; the message is GitHub's. */
export class ConcurrencyCancelled extends Error {
  override readonly name = "ConcurrencyCancelled";
}

const MAX_PENDING = 100;

interface Entry {
  request: ConcurrencyRequest;
  start: (release: () => void) => void;
  refuse: (reason: Error) => void;
}

interface Group {
  running: Entry;
  pending: Entry[];
}

export class ConcurrencyTable {
  readonly #groups = new Map<string, Group>();

  /**
   * Resolves once the group is free for this request, with the function that frees it again.
   * Rejects with ConcurrencyCancelled when a newer request takes its place, or with the signal's reason.
   */
  acquire(request: ConcurrencyRequest): Promise<() => void> {
    return new Promise((start, refuse) => {
      request.signal?.throwIfAborted();
      const entry: Entry = { request, start, refuse };
      const key = request.group.toLowerCase();
      const group = this.#groups.get(key);
      if (group === undefined) this.#begin(key, { running: entry, pending: [] });
      else this.#enqueue(key, group, entry);
    });
  }

  #enqueue(key: string, group: Group, entry: Entry): void {
    const { request } = entry;
    const reason = `Canceling since a higher priority waiting request for '${request.group}' exists`;
    if (request.queue === "single") {
      for (const older of group.pending.splice(0)) older.refuse(new ConcurrencyCancelled(reason));
    } else if (group.pending.length >= MAX_PENDING) {
      entry.refuse(
        new ConcurrencyCancelled(`The concurrency group '${request.group}' holds ${MAX_PENDING} pending`),
      );
      return;
    }
    group.pending.push(entry);
    request.signal?.addEventListener(
      "abort",
      () => {
        const pending = this.#groups.get(key)?.pending ?? [];
        const index = pending.indexOf(entry);
        if (index !== -1) pending.splice(index, 1);
        entry.refuse(request.signal?.reason);
      },
      { once: true },
    );
    if (request.cancelInProgress) group.running.request.cancelHolder(reason);
  }

  #begin(key: string, group: Group): void {
    this.#groups.set(key, group);
    let released = false;
    group.running.start(() => {
      if (released) return;
      released = true;
      const [next, ...pending] = group.pending;
      if (next === undefined) this.#groups.delete(key);
      else this.#begin(key, { running: next, pending });
    });
  }
}
