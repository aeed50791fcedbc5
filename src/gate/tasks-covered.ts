import { type CapturedStream, type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import type { LiveTask } from "./live-tasks.ts";
import { type CheckContext, refusal } from "./request.ts";

export interface Coverage {
  refusals: Refusal[];
  /** Keys of the items that hold the log streams of the running tasks. */
  keys: string[];
}

/** Every task that runs now was known to the capture, and each of its log streams is in it to the newest event. */
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
  const partial = (task: LiveTask, why: string) => {
    const message = `Capture ${capture} does not hold the whole log of task ${task.id}: ${why}.`;
    refusals.push(refusal("capture-incomplete", message, remedy));
  };
  for (const task of tasks.filter(({ runsCode }) => runsCode)) {
    const captured = known.find(({ taskArn }) => taskArn === task.arn);
    if (!captured) {
      tooNew(task);
      continue;
    }
    if (captured.streams.length === 0) {
      const reasons = captured.uncaptured.map(({ container, why }) => `${container}: ${why}`);
      partial(task, ["no log stream of it is known", ...reasons].join("; "));
      continue;
    }
    const found = captured.streams.map((name) => streams.find(({ stream }) => stream === name));
    if (found.some((stream) => stream && startedAfter(task, stream))) {
      tooNew(task);
      continue;
    }
    for (const [index, stream] of found.entries()) {
      if (stream?.complete && stream.key !== null) keys.push(stream.key, ...stream.continued);
      else partial(task, `log stream ${captured.streams[index]} is ${stream ? "incomplete" : "missing"}`);
    }
  }
  return { refusals, keys };
}

/** The capture had read the stream to its end before the task began to run. */
function startedAfter(task: LiveTask, { through }: CapturedStream): boolean {
  return task.startedAt !== null && through !== null && task.startedAt.getTime() > Date.parse(through);
}
