/** What was merged into the default branch, as the drill leaves it. */

/** Where a file that was merged lies, below the drill's folder. */
export function mergedPath(path: string): string {
  return `github/merged/${path}`;
}

/** The merged files of the folder of reviews: the records, and the page with the figures, which is made of them. */
export function mergedReviews(
  merged: ReadonlyMap<string, unknown>,
  reviews: string,
): { records: string[]; figures: string | null } {
  const folder = `${reviews.replace(/\/+$/, "")}/`;
  const found = [...merged.keys()].filter((path) => path.startsWith(folder)).sort();
  const page = `${folder}README.md`;
  return {
    records: found.filter((path) => path !== page && path.endsWith(".md")).map(mergedPath),
    figures: found.includes(page) ? mergedPath(page) : null,
  };
}
