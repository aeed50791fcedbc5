/** Pages and `Link` headers: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
import type { ApiReply, ApiRequest } from "./api.ts";
import type { World } from "./world.ts";

const DEFAULT_PER_PAGE = 30;
const MOST_PER_PAGE = 100;

function link(request: ApiRequest, world: World, page: number, rel: string): string {
  // GitHub's own links name the repository by its id, so a client must follow them rather than build its own.
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, `/repositories/${world.seed.repositoryId}`);
  url.searchParams.set("page", String(page));
  return `<${url.href}>; rel="${rel}"`;
}

function linkHeader(request: ApiRequest, world: World, page: number, last: number): Record<string, string> {
  const links: string[] = [];
  if (page > 1) links.push(link(request, world, Math.min(page - 1, last), "prev"));
  if (page < last) links.push(link(request, world, page + 1, "next"), link(request, world, last, "last"));
  if (page > 1) links.push(link(request, world, 1, "first"));
  return links.length > 0 ? { link: links.join(", ") } : {};
}

/**
 * The page of `items` that the query asks for. With `key` the reply is an object with `total_count`, otherwise the
 * bare array. `per_page` over 100 counts as 100, as at GitHub.
 */
export function paged<T>(
  request: ApiRequest,
  world: World,
  items: readonly T[],
  present: (item: T) => unknown,
  key?: string,
): ApiReply {
  const asked = Number(request.query.per_page ?? DEFAULT_PER_PAGE);
  const perPage = asked < 1 ? DEFAULT_PER_PAGE : Math.min(asked, MOST_PER_PAGE);
  const page = Math.max(1, Number(request.query.page ?? 1));
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const shown = items.slice((page - 1) * perPage, page * perPage).map(present);
  return {
    status: 200,
    json: key === undefined ? shown : { total_count: items.length, [key]: shown },
    headers: linkHeader(request, world, page, last),
  };
}
