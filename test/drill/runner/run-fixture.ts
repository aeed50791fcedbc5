import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClock } from "../../../drill/clock.ts";
import type { SimClock } from "../../../drill/contracts.ts";
import {
  loadWorkflow,
  type RunnerEvent,
  type RunOptions,
  type RunResult,
  runWorkflow,
} from "../../../drill/runner/index.ts";
import { FakeHost, type FakeHostOptions } from "../../support/fake-host.ts";

const START = Date.UTC(2026, 0, 5, 3, 0, 0);

/** Writes a repository to a temporary folder, runs one of its workflows, and keeps everything that came of it. */

export interface Fixture {
  /** Files by path in the repository; the workflow itself is `.github/workflows/test.yml`. */
  files?: Readonly<Record<string, string>>;
  /** Symbolic links by path, with what they point to. */
  links?: Readonly<Record<string, string>>;
  inputs?: Readonly<Record<string, string>>;
  speed?: number;
  /** For runs whose times are compared: each has a clock of its own otherwise. */
  clock?: SimClock;
  host?: Omit<FakeHostOptions, "clock">;
  options?: Partial<RunOptions>;
}

export interface FixtureRun extends RunResult {
  host: FakeHost;
  events: RunnerEvent[];
  /** Log of the job with this id. */
  log(key: string): string;
  /** Result of each job by name. */
  conclusions: Record<string, string | null>;
  options: RunOptions;
}

export const WORKFLOW = ".github/workflows/test.yml";

/** A repository in a temporary folder that is removed after `use`. */
export async function withRepository<T>(
  files: Readonly<Record<string, string>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "runner-test-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Runs a workflow (its jobs, without `on`, which is a plain workflow_dispatch unless the text has one). */
export function runYaml(yaml: string, fixture: Fixture = {}): Promise<FixtureRun> {
  const text = /^on:/m.test(yaml) ? yaml : `on: workflow_dispatch\n${yaml}`;
  return withRepository({ [WORKFLOW]: text, ...fixture.files }, async (root) => {
    for (const [path, target] of Object.entries(fixture.links ?? {})) await symlink(target, join(root, path));
    return runIn(root, fixture);
  });
}

/** Runs the workflow of a repository that is there already. */
export async function runIn(root: string, fixture: Fixture = {}): Promise<FixtureRun> {
  const clock = fixture.clock ?? createClock({ speed: fixture.speed ?? 1, start: START });
  const host = new FakeHost({ clock, ...fixture.host });
  const events: RunnerEvent[] = [];
  const options: RunOptions = {
    workflow: await loadWorkflow(join(root, WORKFLOW)),
    event: { name: "workflow_dispatch", inputs: fixture.inputs ?? {}, actor: "octocat" },
    host,
    clock,
    workspaceSource: root,
    grace: { interruptMs: 300, terminateMs: 300 },
    onEvent: (event) => events.push(event),
    ...fixture.options,
  };
  return collect(await runWorkflow(options), host, events, options);
}

export function collect(
  result: RunResult,
  host: FakeHost,
  events: RunnerEvent[],
  options: RunOptions,
): FixtureRun {
  return {
    ...result,
    host,
    events,
    options,
    conclusions: Object.fromEntries(result.jobs.map((job) => [job.name, job.conclusion])),
    log: (key) => host.logs.get(result.jobs.find((job) => job.key === key)?.id ?? -1) ?? "",
  };
}
