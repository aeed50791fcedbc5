import { readFile } from "node:fs/promises";
import { FirebreakError } from "../../errors.ts";
import { badSignal } from "../../intake/bad-signal.ts";
import type { RunContext } from "../../ports.ts";

/**
 * The event that started the run, from the file that GitHub leaves beside the job: untrusted text goes through no
 * expression, no input and no shell
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/variables, GITHUB_EVENT_PATH).
 * @throws FirebreakError `no-event`, `bad-signal`.
 */
export async function readEvent({ eventPath }: RunContext): Promise<Record<string, unknown>> {
  if (eventPath === undefined)
    throw new FirebreakError(
      "no-event",
      "There is no event to read: GITHUB_EVENT_PATH is not set.",
      "Run this action in a workflow that a repository_dispatch or an issue starts.",
    );
  let event: unknown;
  try {
    event = JSON.parse(await readFile(eventPath, "utf8"));
  } catch {
    throw badSignal("The event's file", "is not JSON", "Run the job again.");
  }
  if (event === null || typeof event !== "object" || Array.isArray(event))
    throw badSignal("The event's file", "holds no object", "Run the job again.");
  return event as Record<string, unknown>;
}
