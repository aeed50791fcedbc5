import type { SealedCapture } from "./manifest.ts";
import type { ManifestItem } from "./source-schema.ts";

/** An attached item, and how many sign-ins are in it; null when that cannot be told. */
export interface Export {
  item: ManifestItem;
  signIns: number | null;
}

/** What people have delivered for one capture and what was added to it: the same content counts once. */
export class AttachedExports {
  readonly #first = new Map<string, Export>();

  /** What was attached to these captures. What an interrupted run left behind does not count: nobody vouched for it. */
  static in(captures: readonly SealedCapture[]): AttachedExports {
    const exports = new AttachedExports();
    const items = captures.flatMap(({ manifest }) =>
      manifest.items.filter(({ detail }) => detail?.attachedBy !== undefined),
    );
    for (const item of items) {
      const signIns = item.detail?.signIns;
      exports.add({ item, signIns: typeof signIns === "number" ? signIns : null });
    }
    return exports;
  }

  /** @returns the key of the export that has the same content; undefined when it is the first with it. */
  add(added: Export): string | undefined {
    const content = contentOf(added.item);
    const first = this.#first.get(content);
    if (!first || first.signIns === null)
      this.#first.set(content, { item: first?.item ?? added.item, signIns: added.signIns });
    return first?.item.key;
  }

  get exports(): number {
    return this.#first.size;
  }

  /** Null when those of one export cannot be told. */
  get signIns(): number | null {
    let sum = 0;
    for (const { signIns } of this.#first.values()) {
      if (signIns === null) return null;
      sum += signIns;
    }
    return sum;
  }
}

/** S3 gives a composite checksum, and no SHA-256, of a copy above 5 GiB. */
function contentOf({ sha256, detail, key }: ManifestItem): string {
  return sha256 ?? String(detail?.compositeSha256 ?? key);
}
