/**
 * Whether the workflows that run by the clock do. GitHub stops them, without a word to anybody on call, when whoever last
 * changed the schedule's line leaves the organization, and in a public repository after 60 days without activity:
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/disable-and-enable-workflows
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Context } from "./context.ts";
import { type Area, subject, whyNot } from "./finding.ts";
import { read } from "./read.ts";

const FOLDER = ".github/workflows";

export async function schedulesArea(context: Context): Promise<Area> {
  const { github, repository, root } = context;
  const { owner, repo } = repository;
  const about = subject(
    "schedules",
    "workflows by the clock",
    "reminders, late evidence, the weekly check and left-over signals come by schedule",
    false,
  );
  const found = await read("Actions: read", () =>
    github.paginate(github.rest.actions.listRepoWorkflows, { owner, repo, per_page: 100 }),
  );
  if (found.is !== "read") return area(about.unreadable(whyNot(found)));
  const states = new Map(found.value.map(({ path, state }) => [path, state as string]));
  const stopped = scheduledWorkflows(root).flatMap((name) => {
    const state = states.get(`${FOLDER}/${name}`);
    if (state === "active") return [];
    return state === undefined
      ? [[`${name} is not on the default branch`, `merge ${FOLDER}/${name} into it`]]
      : [[`${name} is ${state.replaceAll("_", " ")}`, `gh workflow enable ${name} -R ${repository.name}`]];
  });
  if (stopped.length === 0) return area(about.fine("all of them are switched on"));
  const [details, remedies] = [0, 1].map((at) => stopped.map((one) => one[at]).join("; "));
  return area(about.missing(details ?? "", remedies ?? ""));
}

const area = (finding: Area["findings"][number]): Area => ({ findings: [finding], changes: [], kept: [] });

/** The files of this clone that have a schedule. */
export function scheduledWorkflows(root: string): string[] {
  return readdirSync(join(root, FOLDER))
    .filter((name) => /\.ya?ml$/.test(name))
    .filter((name) => {
      const { on } = parse(readFileSync(join(root, FOLDER, name), "utf8")) as { on?: object | null };
      return on !== null && typeof on === "object" && "schedule" in on;
    })
    .sort();
}
