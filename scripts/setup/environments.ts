/** The GitHub environments that the runbook names. */
import { environmentOf } from "../../src/runbook/target.ts";
import { branchProtection } from "./branch-state.ts";
import type { Context } from "./context.ts";
import { environmentChanges } from "./environment-changes.ts";
import { environmentFindings, type Wanted } from "./environment-findings.ts";
import { type EnvironmentState, readEnvironment } from "./environment-state.ts";
import { type Area, type Finding, subject } from "./finding.ts";

export async function environmentsArea(context: Context): Promise<Area> {
  const classic = await branchProtection(context);
  const area: Area = { findings: [], changes: [], kept: [] };
  for (const environment of context.environments) {
    const reviewers: Reviewers[] = [];
    for (const wanted of wantedOf(context, environment)) {
      const state = await readEnvironment(context, wanted.name);
      const { changes, kept } = environmentChanges(context, wanted, state, classic.is === "read");
      area.findings.push(...environmentFindings(context, wanted, state));
      area.changes.push(...changes);
      area.kept.push(...kept);
      if (state.is === "read") reviewers.push({ name: wanted.name, who: state.value.reviewers });
    }
    area.findings.push(...apart(context, reviewers));
  }
  return area;
}

interface Reviewers {
  name: string;
  who: EnvironmentState["reviewers"];
}

/** Whether somebody else than in the ordinary environment decides to go without evidence. */
function apart({ repository }: Context, [ordinary, glass]: readonly (Reviewers | undefined)[]): Finding[] {
  if (!ordinary || !glass || glass.who.length === 0) return [];
  const about = subject(
    `environment.${glass.name}.reviewers-apart`,
    `environment ${glass.name}, whose reviewers`,
    "to go without evidence is decided by others than an ordinary containment",
    false,
  );
  const names = new Set(ordinary.who.map(({ name }) => name));
  const others = glass.who.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  return others.length > 0
    ? [about.fine(`${others.join(", ")}, who do not review ${ordinary.name}`)]
    : [
        about.weak(
          `the same as of ${ordinary.name}`,
          `Choose others: ${repository.page}/settings/environments`,
        ),
      ];
}

function wantedOf({ runbook }: Context, environment: string): Wanted[] {
  const { github_environment, break_glass_environment } = environmentOf(runbook, environment);
  const fill = (template: string) => template.replaceAll("{env}", environment);
  const containment = { environment, name: fill(github_environment), purpose: "containment" } as const;
  if (break_glass_environment === undefined) return [containment];
  return [containment, { environment, name: fill(break_glass_environment), purpose: "break-glass" }];
}
