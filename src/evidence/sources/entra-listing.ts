import { z } from "zod";
import type { Graph } from "../../ports.ts";

/**
 * Listing sign-ins with Microsoft Graph. The list knows `$top`, `$skiptoken` and `$filter`, and neither `$count` nor
 * `$orderby` (https://learn.microsoft.com/graph/api/signin-list).
 */

export const SIGN_IN_KINDS = [
  "interactiveUser",
  "nonInteractiveUser",
  "servicePrincipal",
  "managedIdentity",
] as const;

export type SignInKind = (typeof SIGN_IN_KINDS)[number];

/**
 * Where they are listed: v1.0 has those of people at a screen only, and knows no kinds; beta has all of them
 * (https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta).
 */
const V1 = "/v1.0/auditLogs/signIns";
const BETA = "/beta/auditLogs/signIns";

/** The application asks for a token as the client; a token for it is asked for as the resource. */
const ROLES = ["appDisplayName", "resourceDisplayName"] as const;

/** The most that a page holds, and what it holds by itself. */
const PAGE = 1000;

const pageSchema = z.object({
  value: z.array(z.looseObject({ id: z.string().min(1) })),
  "@odata.nextLink": z.string().optional(),
});

export type SignIn = z.infer<typeof pageSchema>["value"][number];

/** A list to go through page by page. */
type Listing = (
  graph: Graph,
  application: string,
  window: { from: Date; to: Date },
) => AsyncGenerator<SignIn[]>;

/** Every sign-in of one kind in which the application takes part in a window, both ends included; some twice. */
export function listKind(kind: SignInKind): Listing {
  return kind === "interactiveUser" ? listingAt(V1) : listingAt(BETA, [kind]);
}

/** The same of all kinds at once, by one filter on Graph's other version: another route to the same sign-ins. */
export const listAllKinds: Listing = listingAt(BETA, SIGN_IN_KINDS);

/** The kind that a sign-in of beta says it is; undefined when it says none. */
export function kindOf({ signInEventTypes }: SignIn): SignInKind | undefined {
  const said: unknown[] = Array.isArray(signInEventTypes) ? signInEventTypes : [];
  return SIGN_IN_KINDS.find((kind) => said.includes(kind));
}

function listingAt(path: string, kinds: readonly SignInKind[] = []): Listing {
  return async function* (graph, application, { from, to }) {
    for (const role of ROLES) {
      const filter = [
        `createdDateTime ge ${seconds(Math.floor(from.getTime() / 1000))}`,
        `createdDateTime le ${seconds(Math.ceil(to.getTime() / 1000))}`,
        `${role} eq '${application.replaceAll("'", "''")}'`,
        ...(kinds.length === 0
          ? []
          : [`signInEventTypes/any(t: ${kinds.map((kind) => `t eq '${kind}'`).join(" or ")})`]),
      ].join(" and ");
      let next: string | undefined = `${path}?$filter=${encodeURIComponent(filter)}&$top=${PAGE}`;
      const asked = new Set<string>();
      while (next !== undefined) {
        if (asked.has(next)) throw new Error("Microsoft Graph's pages of sign-ins go round in a circle");
        asked.add(next);
        const page: z.infer<typeof pageSchema> = pageSchema.parse(await graph.get(next));
        yield page.value;
        next = page["@odata.nextLink"];
      }
    }
  };
}

function seconds(epoch: number): string {
  return `${new Date(epoch * 1000).toISOString().slice(0, 19)}Z`;
}
