import type { Clock, Log } from "../../ports.ts";
import { sha256 } from "../../vault/digest.ts";
import { headObject, putOnce, readObject, type StoredObject, type Vault } from "../../vault/vault.ts";
import { labelSchema } from "../label.ts";
import { captureFolder } from "../manifest.ts";
import { patiently } from "../patience.ts";
import type { Gap, ManifestItem } from "../source-schema.ts";
import { type IndexedCapture, renderIndex } from "./render.ts";

/** The `source` of the page's items. */
export const INDEX_SOURCE = "index";
/** The `origin.uri` of the capture's own page. */
export const INDEX_PAGE = "firebreak:index-page";
const MOST_PAGES = 100;

/** The key of a capture's first, second, … index page. */
export function indexKey(folder: string, number: number): string {
  return `${folder}index${number === 1 ? "" : `~${number}`}.html`;
}

/** Whether an object of the capture's folder is an index page. */
export function isIndexPage(key: string, folder: string): boolean {
  return /^index(~[1-9]\d*)?\.html$/.test(key.slice(folder.length));
}

/**
 * Writes the capture's index page, the last item before the seal.
 *
 * Nothing in the vault is overwritten. A page that an interrupted run left of what it was about to seal stays, as an
 * item like any other, and the one of what is sealed now becomes `index~2.html`, and so on; the same page is not
 * written twice. A page that cannot be written is a gap and never keeps a capture from being sealed.
 * @returns the items of all pages, the capture's own last.
 */
export async function writeIndex(
  deps: { vault: Vault; clock: Clock; log: Log },
  capture: IndexedCapture,
): Promise<{ items: ManifestItem[]; gaps: Gap[] }> {
  const { vault, clock, log } = deps;
  const folder = captureFolder(capture.incident, capture.capture);
  const pages: StoredObject[] = [];
  const gaps: Gap[] = [];
  try {
    const bytes = Buffer.from(await render(deps, capture));
    for (let number = 1; ; number += 1) {
      if (number > MOST_PAGES) throw new Error(`there are ${MOST_PAGES} of them already`);
      const key = indexKey(folder, number);
      const { created, object } = await patiently(clock, () =>
        putOnce(vault, key, bytes, { contentType: "text/html; charset=utf-8" }),
      );
      pages.push(object);
      if (created) break;
    }
  } catch (error) {
    const { name, message } = error as Error;
    log.error(`The index page could not be written: ${name}: ${message}`);
    gaps.push({ what: "index.html", why: `${name}: ${message}` });
    pages.push(...(await pagesFrom(deps, folder, pages.length + 1)));
  }
  const items: ManifestItem[] = [];
  for (const [index, page] of pages.entries())
    items.push(await indexItem(deps, page, gaps.length === 0 && index === pages.length - 1));
  return { items, gaps };
}

async function render(
  { vault, clock }: { vault: Vault; clock: Clock },
  capture: IndexedCapture,
): Promise<string> {
  const label = await patiently(clock, () => readObject(vault, capture.label.key));
  return renderIndex(capture, labelSchema.parse(JSON.parse(label?.toString("utf8") ?? "null")), vault.bucket);
}

/** The pages that lie in the folder, from one on: they are items whatever else failed. */
async function pagesFrom(
  { vault, clock }: { vault: Vault; clock: Clock },
  folder: string,
  first: number,
): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for (let number = first; number <= MOST_PAGES; number += 1) {
    const page = await patiently(clock, () => headObject(vault, indexKey(folder, number)));
    if (!page) break;
    found.push(page);
  }
  return found;
}

async function indexItem(
  { vault, clock }: { vault: Vault; clock: Clock },
  page: StoredObject,
  own: boolean,
): Promise<ManifestItem> {
  const digest = async () => sha256((await patiently(clock, () => readObject(vault, page.key))) ?? "");
  return {
    source: INDEX_SOURCE,
    key: page.key,
    versionId: page.versionId,
    size: page.size,
    sha256: page.sha256 ?? (await digest()),
    method: "put",
    collectedAt: page.lastModified.toISOString(),
    origin: { uri: own ? INDEX_PAGE : "firebreak:index-page-of-interrupted-run" },
  };
}
