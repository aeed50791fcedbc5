import { type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import type { CapturedStream } from "../evidence/source-schema.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import type { LiveTask } from "./live-tasks.ts";
import { type CheckContext, refusal } from "./request.ts";

export interface Coverage {
  refusals: Refusal[];
  /** Keys of the items that hold the log streams of the running tasks. */
  keys: string[];
}

/**
 * Every task that runs now was known to the capture, the output of each of its containers goes to a log stream, and
 * each of these streams is in the capture to the newest event.
 *
 * A task's stream is told by its name, which holds the task's id. Where streams of that name are captured from several
 * log groups, each of them has to be complete: the manifest does not say which group is the task's.
 */
export function tasksCovered(
  { record }: CheckContext,
  { manifest, capture }: SealedCapture,
  tasks: readonly LiveTask[],
): Coverage {
  const known = sourceOf(manifest, "ecs")?.tasks ?? [];
  const streams = sourceOf(manifest, "cloudwatch-logs")?.streams ?? [];
  const remedy = `Preserve again, so that the evidence covers what runs now: ${preserveCommand(record)}`;
  const refusals: Refusal[] = [];
  const keys: string[] = [];
  const tooNew = (task: LiveTask) => {
    const started = task.startedAt ? `, started ${task.startedAt.toISOString()},` : "";
    const message = `Task ${task.id}${started} runs now and is not covered by capture ${capture}, sealed ${manifest.sealedAt}.`;
    refusals.push(refusal("capture-does-not-cover-new-task", message, remedy));
  };
  const partial = (task: LiveTask, why: string, toMend = remedy) => {
    const message = `Capture ${capture} does not hold the whole log of task ${task.id}: ${why}.`;
    refusals.push(refusal("capture-incomplete", message, toMend));
  };
  const byHand = `Export that output by hand. Preserving again helps only where the reason passes by itself (${preserveCommand(record)}). To go on without that log, contain by hand in AWS.`;
  for (const task of tasks.filter(({ runsCode }) => runsCode)) {
    const captured = known.find(({ taskArn }) => taskArn === task.arn);
    if (!captured) {
      tooNew(task);
      continue;
    }
    if (captured.uncaptured.length > 0) {
      const reasons = captured.uncaptured.map(({ container, why }) => `container ${container}: ${why}`);
      partial(task, reasons.join("; "), byHand);
      continue;
    }
    if (captured.streams.length === 0) {
      partial(task, "no log stream of it is known", byHand);
      continue;
    }
    const found = captured.streams.map((name) => ({
      name,
      all: streams.filter(({ stream }) => stream === name),
    }));
    if (found.some(({ all }) => all.some((stream) => startedAfter(task, stream)))) {
      tooNew(task);
      continue;
    }
    for (const { name, all } of found) {
      if (all.length === 0) partial(task, `log stream ${name} is missing`);
      for (const { group, complete, key, continued } of all) {
        if (complete && key !== null) keys.push(key, ...continued);
        else partial(task, `log stream ${group}:${name} is incomplete`);
      }
    }
  }
  return { refusals, keys };
}

/** The capture had read the stream to its end before the task began to run. */
function startedAfter(task: LiveTask, { through }: CapturedStream): boolean {
  return task.startedAt !== null && through !== null && task.startedAt.getTime() > Date.parse(through);
}
