/** What single plays require besides, each with a world that lacks it and nothing else. */
import { recordOf } from "./doctored.ts";
import type { Play } from "./plays.ts";
import type { Ready } from "./ready.ts";
import { behind, type Requirement } from "./requirements.ts";

const ofGlass = ({ glass }: Play) => (glass ? null : "its glass is whole");
const ofDisabling = ({ inputs }: Play) =>
  inputs?.["disabled-by"] ? null : "nobody disables a secret by hand for it";

export const OF_SOME_PLAYS: readonly Requirement[] = [
  {
    missing: "the word that the old secret is disabled",
    reason: "secret-not-disabled",
    notOf: ofDisabling,
    variation: () => ({ inputs: { "disabled-by": "", "disabled-at": "" } }),
  },
  {
    missing: "the word that this secret is disabled",
    reason: "disabled-before-current-version",
    notOf: ofDisabling,
    variation: () => ({
      inputs: { "disabled-at": new Date(Date.now() - 300 * 86_400_000).toISOString() },
    }),
  },
  {
    missing: "the rotation command's folder",
    reason: "rotation-folder-missing",
    notOf: ofDisabling,
    variation: behind(({ world }) => world.workspace.remove("infra/initial/mcps/servicenow")),
  },
  {
    missing: "a Critical incident",
    reason: "not-critical",
    notOf: ofGlass,
    variation: behind(async (ready) => {
      const change = { from: "critical", to: "high", reason: "It was declared too high." } as const;
      await (await recordOf(ready)).append("severity-changed", change, "severity-changed/high");
    }),
  },
  {
    missing: "an environment for breaking the glass",
    reason: "break-glass-not-set-up",
    notOf: ofGlass,
    variation: behind(({ world }) =>
      world.workspace.edit("runbook.yml", (text) => text.replace(/^ *break_glass_environment:.*\n/gm, "")),
    ),
  },
  {
    missing: "an approval by those who may break the glass",
    reason: "not-approved",
    notOf: ofGlass,
    variation: () => ({ approve: ({ world, run }) => world.review(run) }),
  },
  {
    missing: "a service that no other incident keeps down",
    reason: "contained-elsewhere",
    notOf: ({ shared }) => (shared ? null : "it gives back nothing that other incidents share"),
    variation: (play) => behind((ready) => containedByAnother(ready, play))(),
  },
];

/** Another incident about the same is contained after this one. */
async function containedByAnother({ world }: Ready, { declare, sources, after }: Play): Promise<void> {
  const run = world.dispatch();
  const { incident = "" } = await world.act(
    "open-incident",
    { severity: "high", mcp: "servicenow", summary: "Once more", ...declare },
    world.job(run, "declare", "evidence"),
  );
  await world.act("preserve", { incident, sources }, world.job(run, "preserve", "evidence"));
  await world.review(run);
  await world.act(after?.action ?? "", { incident }, world.job(run, "contain", "containment"));
}
