import { type RunOptions, type RunResult, rerunWorkflow, runWorkflow } from "../runner/run.ts";

/** Runs workflows, and remembers how each run ended, so that its failed jobs can be run again. */
export class Reruns {
  readonly #ended = new Map<number, { options: RunOptions; previous: RunResult }>();

  async run(options: RunOptions): Promise<RunResult> {
    return this.#remember(options, await runWorkflow(options));
  }

  /** Null where the run has not ended, or was not run by this. */
  again(runId: number, triggeringActor: string): Promise<RunResult> | null {
    const ended = this.#ended.get(runId);
    if (!ended) return null;
    const { options, previous } = ended;
    return rerunWorkflow({ ...options, previous, onlyFailed: true, triggeringActor }).then((result) =>
      this.#remember(options, result),
    );
  }

  #remember(options: RunOptions, previous: RunResult): RunResult {
    this.#ended.set(previous.run.id, { options, previous });
    return previous;
  }
}
