/** How the ECS list operations page. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { decodeToken, encodeToken } from "../input.ts";

/** The paging members of a list operation's input. */
export function paging(most: number) {
  return { nextToken: z.string().optional(), maxResults: z.int().min(1).max(most).optional() };
}

/** One page of a list under the response member's name. Throws InvalidParameterException for a bad token. */
export function page<T>(
  member: string,
  all: readonly T[],
  { nextToken, maxResults }: { nextToken?: string | undefined; maxResults?: number | undefined },
  usual: number,
): object {
  const start = nextToken === undefined ? 0 : decodeToken(nextToken)?.[0];
  if (typeof start !== "number") {
    throw new AwsError("InvalidParameterException", "Invalid token.");
  }
  const next = start + (maxResults ?? usual);
  return {
    [member]: all.slice(start, next),
    ...(next < all.length ? { nextToken: encodeToken([next]) } : {}),
  };
}
