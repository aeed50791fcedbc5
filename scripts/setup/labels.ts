/** The labels that Firebreak's issues carry. */
import { everyLabel } from "../../src/incident/labels.ts";
import { applyCommand, type Context } from "./context.ts";
import { type Area, subject, whyNot } from "./finding.ts";
import { read } from "./read.ts";

const PERMISSION = "Issues: read";

export async function labelsArea(context: Context): Promise<Area> {
  const { github, repository, runbook } = context;
  const { owner, repo } = repository;
  const about = subject("labels", "labels", "incidents are found and told apart by them", false);
  const listed = await read(PERMISSION, () =>
    github.paginate(github.rest.issues.listLabelsForRepo, { owner, repo, per_page: 100 }),
  );
  if (listed.is !== "read") return { findings: [about.unreadable(whyNot(listed))], changes: [], kept: [] };
  const present = new Set(listed.value.map(({ name }) => name.toLowerCase()));
  const wanted = everyLabel(runbook);
  const missing = wanted.filter(({ name }) => !present.has(name.toLowerCase()));
  const finding =
    missing.length === 0
      ? about.fine(`all ${wanted.length} are there`)
      : about.weak(
          `${missing.length} of ${wanted.length} are not there yet, and are made by the first incident that needs them: ${missing.map(({ name }) => name).join(", ")}`,
          applyCommand(context),
        );
  const changes = missing.map((label) => ({
    lines: [{ what: `label ${label.name}`, from: "none", to: `#${label.color}, ${label.description}` }],
    permission: "Issues: write",
    apply: async () => {
      await github.rest.issues.createLabel({ owner, repo, ...label });
    },
  }));
  return { findings: [finding], changes, kept: [] };
}
