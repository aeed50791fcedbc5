import { GraphError } from "../../graph-error.ts";
import type { SourceContext, SourceResult } from "../context.ts";
import type { SourceOf } from "../source-schema.ts";
import { pullSignIns } from "./entra-graph.ts";
import { awaited, requestSignIns } from "./entra-request.ts";

type Result = SourceResult<SourceOf<"entra-sign-in">>;

/**
 * The sign-in logs of the mcp's application in Microsoft Entra ID: asked of the identity team, or pulled from Microsoft
 * Graph where the runbook says so. Where Graph refuses (no grant, no licence, no trust), people are asked instead, and
 * the record's `note` says why.
 */
export async function collectSignIns(context: SourceContext): Promise<Result> {
  const before = context.earlier
    .flatMap(({ manifest }) => manifest.sources)
    .filter((record): record is SourceOf<"entra-sign-in"> => record.source === "entra-sign-in");
  const delivered = before.findLast(({ route, status }) => route === "attached" && status === "complete");
  if (delivered) return { record: { ...delivered }, items: [] };

  const { entra } = context.runbook;
  let note: string | null = null;
  if (entra?.sign_in_logs === "graph") {
    try {
      return await pullSignIns(context, context.graph({ tenant: entra.tenant, clientId: entra.client_id }));
    } catch (error) {
      if (!(error instanceof GraphError) || !error.refused) throw error;
      note = error.message;
      context.log.warning(`entra-sign-in  Microsoft Graph refuses, so people are asked: ${note}`);
    }
  }
  const asked = before.findLast(({ request }) => request !== null)?.request;
  if (asked) return { record: awaited(context, asked, note), items: [] };
  return requestSignIns(context, note);
}
