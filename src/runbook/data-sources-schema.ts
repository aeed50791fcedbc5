import { z } from "zod";
import type { Finding } from "./locate.ts";
import type { Runbook } from "./schema.ts";
import { id, text } from "./schema-parts.ts";

/** The runbook's optional section on what lies behind the mcps' tools. */

const dataSource = z.strictObject({
  id,
  name: text,
  /** A contact of the runbook. */
  owner: id,
  /** The tools that reach it, as the audit records spell them. */
  tools: z
    .array(text)
    .min(1)
    .meta({ description: "names of tools", examples: [["run_query"]] }),
});

/** By mcp. */
export const dataSources = z.record(id, z.array(dataSource).min(1));

/** Owners that are contacts, mcps that run somewhere, ids that stand once. */
export function checkDataSources({ contacts, data_sources, environments }: Runbook): Finding[] {
  const mcps = new Set(Object.values(environments).flatMap((one) => one.mcps));
  return Object.entries(data_sources ?? {}).flatMap(([mcp, list]) => [
    ...(mcps.has(mcp)
      ? []
      : [
          {
            path: ["data_sources", mcp],
            message: `no environment has an mcp '${mcp}'`,
            write: `one of ${[...mcps].join(", ")}`,
          },
        ]),
    ...list.flatMap(({ id: own, owner }, index) => [
      ...(Object.hasOwn(contacts, owner)
        ? []
        : [
            {
              path: ["data_sources", mcp, index, "owner"],
              message: `no contact is called '${owner}'`,
              write: `one of ${Object.keys(contacts).join(", ")}`,
            },
          ]),
      ...(list.findIndex((one) => one.id === own) === index
        ? []
        : [
            {
              path: ["data_sources", mcp, index, "id"],
              message: `'${own}' stands here twice`,
              write: "an id of its own",
            },
          ]),
    ]),
  ]);
}
