/** What the gate requires of the evidence, each with a world that lacks it and nothing else. */
import { labelOf, relabelled, sealedAs, unrecorded, unsealed } from "./doctored.ts";
import { ONCALL } from "./people.ts";
import type { Play } from "./plays.ts";
import { type Ready, replaceTask } from "./ready.ts";
import { behind, type Requirement } from "./requirements.ts";

const LATER = "with the glass broken it is skipped, and named";

const ofEvidence = ({ glass }: Play) => (glass ? LATER : null);
const of = (need: keyof NonNullable<Play["needs"]>, why: string) => (play: Play) =>
  play.needs?.[need] ? ofEvidence(play) : why;
const ofTasks = of("tasks", "it ends no task");
const ofParameter = of("parameter", "it writes no parameter");
const ofRole = of("role", "it takes no role");
const ofPolicy = of("policy", "it writes no bucket policy");
const ofSource = of("source", "it needs no source for itself");

/** The capture was sealed without a source. */
const without = (source: string) =>
  behind((ready) =>
    sealedAs(ready, (manifest) => {
      manifest.sources = manifest.sources.filter((one) => one.source !== source);
    }),
  );

export const OF_THE_EVIDENCE: readonly Requirement[] = [
  { missing: "a capture", reason: "no-capture", notOf: ofEvidence, variation: behind(unsealed) },
  {
    missing: "a capture job that succeeded",
    reason: "capture-failed",
    notOf: ofEvidence,
    variation: behind(async (ready) => {
      await unsealed(ready);
      ready.world.end(ready.world.job(ready.run, "preserve", "evidence"), "failure");
    }),
  },
  {
    missing: "the capture's entry in the ledger",
    reason: "capture-unrecorded",
    notOf: ofEvidence,
    variation: behind(unrecorded),
  },
  {
    missing: "a capture as the ledger has it",
    reason: "evidence-altered",
    notOf: ofEvidence,
    variation: behind((ready) => relabelled(ready, "{}", false)),
  },
  {
    missing: "the label's name of who exported",
    reason: "label-incomplete",
    notOf: ofEvidence,
    variation: behind(async (ready) => {
      const label = { ...(await labelOf(ready)), exportedBy: { login: ONCALL, name: " " } };
      await relabelled(ready, JSON.stringify(label), true);
    }),
  },
  {
    missing: "a task's log to its newest event",
    reason: "capture-incomplete",
    notOf: ofTasks,
    variation: behind((ready) =>
      sealedAs(ready, (manifest) => {
        for (const source of manifest.sources)
          for (const stream of source.source === "cloudwatch-logs" ? source.streams : [])
            stream.complete = false;
      }),
    ),
  },
  {
    missing: "the log of a task that runs by now",
    reason: "capture-does-not-cover-new-task",
    notOf: ofTasks,
    variation: behind(({ world }) => replaceTask(world)),
  },
  {
    missing: "the parameter's documentation",
    reason: "parameter-not-documented",
    notOf: ofParameter,
    variation: without("ssm-parameter"),
  },
  {
    missing: "the parameter's label",
    reason: "parameter-not-labelled",
    notOf: ofParameter,
    variation: behind((ready) => parameter(ready).latest.labels.clear()),
  },
  {
    missing: "a parameter as it is documented",
    reason: "parameter-changed-since-documented",
    notOf: ofParameter,
    variation: behind(({ world }) => {
      const { store } = world.platform.ssm;
      store.seed({
        name: world.target.parameter,
        value: "another one",
        modifiedBy: "arn:aws:iam::1:user/somebody",
      });
    }),
  },
  {
    missing: "room for another version",
    reason: "parameter-version-limit",
    notOf: ofParameter,
    variation: () => ({
      world: {
        scenario: {
          mcps: [
            {
              name: "servicenow",
              log: { events_per_task: 10, hours: 1 },
              parameter: {
                versions: Array.from({ length: 100 }, (_, index) => ({
                  days_ago: 200 - index,
                  labels: index === 0 ? ["kept"] : [],
                })),
              },
            },
          ],
        },
      },
    }),
  },
  {
    missing: "the role's documentation",
    reason: "role-not-documented",
    notOf: ofRole,
    variation: without("iam-role"),
  },
  {
    missing: "a role as it is documented",
    reason: "role-changed-since-documented",
    notOf: ofRole,
    variation: behind(({ world }) => {
      world.platform.aws.iam.store.role(`${world.target.service}-task`).trust = '{"Statement":[]}';
    }),
  },
  {
    missing: "the bucket policy's documentation",
    reason: "bucket-policy-not-documented",
    notOf: ofPolicy,
    variation: behind((ready) =>
      sealedAs(ready, (manifest) => {
        manifest.items = manifest.items.filter(({ key }) => !key.includes("policy"));
      }),
    ),
  },
  {
    missing: "a bucket policy as it is documented",
    reason: "bucket-policy-changed-since-documented",
    notOf: ofPolicy,
    variation: ({ drift }) => behind(({ world }) => drift.happens(world))(),
  },
  {
    missing: "a source that it needs",
    reason: "capture-incomplete",
    notOf: ofSource,
    variation: (play) => without(play.needs?.source ?? "")(),
  },
];

function parameter({ world }: Ready) {
  return world.platform.ssm.store.get(world.target.parameter);
}
