/** The list of sign-ins, page by page. https://learn.microsoft.com/graph/api/signin-list */
import type { SimClock } from "../contracts.ts";
import { GraphRefusal } from "./errors.ts";
import { signInFilter } from "./filter.ts";
import { onWire, type SignIn } from "./sign-ins.ts";

const LARGEST_PAGE = 1000;

export interface SignInList {
  clock: SimClock;
  signIns: readonly SignIn[];
  /** Simulated milliseconds until a sign-in is shown. */
  delayMs?: number;
  /** Sign-ins in a page, where the caller asks for more. Graph: 1,000. */
  pageSize?: number;
}

const PARAMETERS = new Set(["$filter", "$top", "$skiptoken"]);

/** The answer of `GET /auditLogs/signIns`. Throws `GraphRefusal`. */
export function listSignIns(
  { clock, signIns, delayMs = 0, pageSize = LARGEST_PAGE }: SignInList,
  base: string,
  url: URL,
): object {
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    throw new GraphRefusal(400, "BadRequest", `Query option '${unknown}' is not allowed.`);
  const version = url.pathname.startsWith("/beta/") ? "beta" : "v1.0";
  const matches = signInFilter(url.searchParams.get("$filter"), version);
  const asked = Number(url.searchParams.get("$top") ?? LARGEST_PAGE);
  if (!Number.isInteger(asked) || asked < 1 || asked > LARGEST_PAGE) {
    throw new GraphRefusal(
      400,
      "BadRequest",
      "Invalid page size specified. Must be between 1 and 1000 inclusive.",
    );
  }
  const shown = signIns.filter((signIn) => signIn.createdAt + delayMs <= clock.now() && matches(signIn));
  // By the last one of the page before, so that nothing is skipped when newer ones appear meanwhile.
  const after = url.searchParams.get("$skiptoken");
  const last =
    after === null ? -1 : shown.findIndex(({ id }) => id === Buffer.from(after, "base64url").toString());
  if (after !== null && last < 0) throw new GraphRefusal(400, "BadRequest", "Skip token is invalid.");
  const page = shown.slice(last + 1, last + 1 + Math.min(asked, pageSize));
  const next = new URL(url.pathname + url.search, base);
  next.searchParams.set("$skiptoken", Buffer.from(page.at(-1)?.id ?? "").toString("base64url"));
  return {
    "@odata.context": `${base}/${version}/$metadata#auditLogs/signIns`,
    ...(last + 1 + page.length < shown.length ? { "@odata.nextLink": next.href } : {}),
    value: page.map((signIn) => onWire(signIn, version)),
  };
}
