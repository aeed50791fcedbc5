/** Looks at everything that the set-up is about. Makes no changing call. */
import { actionsArea } from "./actions-settings.ts";
import { branchArea } from "./branch.ts";
import { codeOwnersArea } from "./code-owners.ts";
import type { Context } from "./context.ts";
import { environmentsArea } from "./environments.ts";
import type { Area } from "./finding.ts";
import { issuesArea } from "./issues.ts";
import { labelsArea } from "./labels.ts";
import { schedulesArea } from "./schedules.ts";
import { subjectsArea } from "./subjects.ts";
import { variablesArea } from "./variables.ts";

/** @throws RequestError when GitHub fails, or refuses in another way than for want of permission. */
export async function survey(context: Context): Promise<Area> {
  const areas = [
    await environmentsArea(context),
    await branchArea(context),
    await codeOwnersArea(context),
    await subjectsArea(context),
    await actionsArea(context),
    await schedulesArea(context),
    await issuesArea(context),
    await labelsArea(context),
    await variablesArea(context),
  ];
  return {
    findings: areas.flatMap(({ findings }) => findings),
    changes: areas.flatMap(({ changes }) => changes),
    kept: areas.flatMap(({ kept }) => kept),
  };
}
