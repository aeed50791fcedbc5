import type { RecordDeps } from "../incident/record.ts";

/** How an improvement's issue came to its end. */
export interface Closing {
  /** ISO 8601 in UTC; of one that was deleted, when that was seen. */
  closedAt: string;
  deleted: boolean;
}

/**
 * Undefined while it is open. GitHub answers 410 for an issue that was deleted, or 404 to whoever could not have read it
 * (https://docs.github.com/en/rest/issues/issues#get-an-issue); it answers so, too, where issues cannot be read at all. So
 * it is deleted where the repository's other issues can be read.
 */
export async function closingOf(
  { github, context: { owner, repo }, clock }: RecordDeps,
  issue_number: number,
): Promise<Closing | undefined> {
  try {
    const { data } = await github.rest.issues.get({ owner, repo, issue_number });
    if (data.state !== "closed" || !data.closed_at) return undefined;
    return { closedAt: new Date(data.closed_at).toISOString(), deleted: false };
  } catch (error) {
    if (![404, 410].includes((error as { status?: number }).status ?? 0)) throw error;
    await github.rest.issues.listForRepo({ owner, repo, per_page: 1 });
    return { closedAt: clock.now().toISOString(), deleted: true };
  }
}
