/** Starts workflows by what happens in the repository, and by the dispatches of other workflows. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { RunRecord } from "../contracts.ts";
import type { RepositoryEvent } from "../github/events.ts";
import { DispatchRefused, type DispatchRequest } from "../github/types.ts";
import { DispatchError } from "../runner/errors.ts";
import { starts } from "../runner/event-match.ts";
import type { Value } from "../runner/expressions.ts";
import type { WorkflowEvent } from "../runner/run.ts";
import type { Workflow } from "../runner/workflow.ts";

const FOLDER = ".github/workflows";
/** The checks of the code that every push starts are no part of an incident, and take their time. */
const LEFT_OUT = new Set(["ci.yml"]);

export interface EventRunsOptions {
  root: string;
  load: (path: string) => Promise<Workflow>;
  /** Runs it to its end. The run is there when this returns, unless the promise is one that rejects. */
  run: (workflow: Workflow, event: WorkflowEvent) => Promise<unknown>;
  /** Runs the failed jobs of a run again; null when it cannot. */
  again: (runId: number, actor: string) => Promise<unknown> | null;
  /** Every run so far, oldest first. */
  runs: () => readonly RunRecord[];
  /** Told of a run that could not go on. */
  onFailure: (error: Error) => void;
}

export class EventRuns {
  readonly #options: EventRunsOptions;
  readonly #going = new Set<Promise<void>>();

  constructor(options: EventRunsOptions) {
    this.#options = options;
  }

  /** Starts every workflow that the event starts. */
  onEvent(event: RepositoryEvent): void {
    this.#keep(this.#startAll(event));
  }

  /** Starts the workflow; null when there is none of that name. Throws DispatchRefused for inputs that it does not take. */
  async onDispatch({ workflow: name, inputs, actor }: DispatchRequest): Promise<RunRecord | null> {
    const { root, load, run, runs } = this.#options;
    const file = basename(name);
    const known = await readdir(join(root, FOLDER));
    if (!known.includes(file)) return null;
    const workflow = await load(`${FOLDER}/${file}`);
    const given = Object.entries(inputs).map(([key, value]) => [key, String(value)]);
    const before = runs().length;
    const going = run(workflow, { name: "workflow_dispatch", inputs: Object.fromEntries(given), actor });
    const started = runs()[before];
    if (started) {
      this.#keep(going);
      return started;
    }
    await going.catch((error: unknown) => {
      throw error instanceof DispatchError ? new DispatchRefused(error.message) : error;
    });
    return null;
  }

  /** Whether the failed jobs of the run are run again. */
  onRerun(runId: number, actor: string): boolean {
    const going = this.#options.again(runId, actor);
    if (going) this.#keep(going);
    return going !== null;
  }

  /** Resolves when every run that was started has ended, and those that they started. */
  async settled(): Promise<void> {
    while (this.#going.size > 0) await Promise.all(this.#going);
  }

  async #startAll(event: RepositoryEvent): Promise<void> {
    const { root, load, run } = this.#options;
    const files = (await readdir(join(root, FOLDER))).filter((name) => /\.ya?ml$/.test(name));
    const payload = JSON.parse(JSON.stringify(event.payload)) as Record<string, Value>;
    for (const name of files.filter((one) => !LEFT_OUT.has(one)).sort()) {
      // Most files do not name the event at all.
      if (!(await readFile(join(root, FOLDER, name), "utf8")).includes(event.name)) continue;
      const workflow = await load(`${FOLDER}/${name}`);
      if (!starts(workflow, event)) continue;
      const { name: on, actor, ref } = event;
      this.#keep(run(workflow, { name: on, actor, payload, ...(ref === undefined ? {} : { ref }) }));
    }
  }

  #keep(work: Promise<unknown>): void {
    const kept: Promise<void> = work
      .then(() => {}, this.#options.onFailure)
      .finally(() => this.#going.delete(kept));
    this.#going.add(kept);
  }
}
