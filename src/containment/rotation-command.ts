import type { Runbook } from "../runbook/schema.ts";
import { type ChangeContext, failed } from "./context.ts";
import type { ProcessResult, StartProcess } from "./process.ts";
import { createRedactor } from "./redact.ts";

const MINUTE_MS = 60_000;
/** A longer line is not shown: cut in two, it might show half a secret. */
const LONGEST_LINE = 16_384;

/**
 * Runs the runbook's rotation command in `folder`, without a shell, and passes its output on line by line with
 * secrets hidden. Its output goes to the log alone: hiding is guesswork, and ledger and issue last.
 * @throws FirebreakError when it cannot be started, fails, or takes longer than the runbook's
 *   `rotation.timeout_minutes`.
 */
export async function runRotationCommand(
  { deps, record }: ChangeContext,
  folder: string,
  knownSecrets: readonly string[],
  startProcess: StartProcess,
): Promise<void> {
  const { command, timeout_minutes: minutes } = commandOf(record.runbook);
  const name = command[0] ?? "";
  const redact = createRedactor(knownSecrets);
  const onLine = (raw: string) => {
    const line = raw.length > LONGEST_LINE ? `(a line of ${raw.length} characters)` : redact(raw);
    deps.log.info(`  | ${harmless(line)}`);
  };
  deps.log.info(`rotation  ${command.join(" ")}  (in ${record.target.folder}, at most ${minutes} min)`);
  let result: ProcessResult;
  try {
    result = await startProcess({ command, cwd: folder, timeoutMs: minutes * MINUTE_MS, onLine });
  } catch (cause) {
    throw failed(
      "rotation-command-missing",
      `The rotation command ${name} cannot be started: ${(cause as Error).message}`,
      "Install it in a step before this one, or correct rotation.command in the runbook.",
      cause,
    );
  }
  if (result.exitCode === 0 && !result.timedOut) return;
  const how = result.timedOut
    ? `took longer than ${minutes} minutes and was stopped`
    : result.signal
      ? `was ended by ${result.signal}`
      : `ended with exit code ${result.exitCode}`;
  throw failed(
    "rotation-command-failed",
    `The rotation command ${name} ${how}. What it printed stands in the log of this job, and only there.`,
    "Mend what the command names in that log. If it has written the parameter already, preserve again before the next try: what it wrote then counts as the rotation.",
  );
}

/** What the runbook says of the command. @throws Error where it rotates without one. */
export function commandOf({ rotation }: Pick<Runbook, "rotation">) {
  if (rotation.strategy !== "terragrunt") throw new Error("the runbook's rotation runs no command");
  return rotation;
}

/** The runner reads `##[…]` as a command wherever it stands in a line (`::…` only at its beginning). */
function harmless(line: string): string {
  return line.replaceAll("##[", "# #[").replaceAll(/\p{Cc}/gu, " ");
}
