/** The GitHub environments that the runbook names. */
import { environmentOf } from "../../src/runbook/target.ts";
import { branchProtection } from "./branch-state.ts";
import type { Context } from "./context.ts";
import { environmentChanges } from "./environment-changes.ts";
import { environmentFindings, type Wanted } from "./environment-findings.ts";
import { readEnvironment } from "./environment-state.ts";
import type { Area } from "./finding.ts";

export async function environmentsArea(context: Context): Promise<Area> {
  const classic = await branchProtection(context);
  const area: Area = { findings: [], changes: [], kept: [] };
  for (const wanted of context.environments.flatMap((id) => wantedOf(context, id))) {
    const state = await readEnvironment(context, wanted.name);
    const { changes, kept } = environmentChanges(context, wanted, state, classic.is === "read");
    area.findings.push(...environmentFindings(context, wanted, state));
    area.changes.push(...changes);
    area.kept.push(...kept);
  }
  return area;
}

function wantedOf({ runbook }: Context, environment: string): Wanted[] {
  const { github_environment, break_glass_environment } = environmentOf(runbook, environment);
  const fill = (template: string) => template.replaceAll("{env}", environment);
  const containment = { environment, name: fill(github_environment), purpose: "containment" } as const;
  if (break_glass_environment === undefined) return [containment];
  return [containment, { environment, name: fill(break_glass_environment), purpose: "break-glass" }];
}
