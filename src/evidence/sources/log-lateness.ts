import type { SourceContext } from "../context.ts";
import type { EarlierStream } from "../log-earlier.ts";
import type { WantedStream } from "./log-streams.ts";

const HOUR_MS = 3_600_000;

/**
 * CloudWatch takes events that are up to 14 days old
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html); a log agent that can
 * reach it delivers within minutes. Two hours are waited, or as long as the runbook waits for this source.
 */
const USUAL_HOURS = 2;

/** From when on a look at the streams is the last one. */
export function lateBy({ runbook, window }: Pick<SourceContext, "runbook" | "window">): Date {
  const hours = Math.min(runbook.evidence.settle_hours?.["cloudwatch-logs"] ?? USUAL_HOURS, USUAL_HOURS);
  return new Date(window.to.getTime() + hours * HOUR_MS);
}

/** `lastIngestionTime` is eventually consistent: the last look reads a stream whatever it says. */
const LAG_MS = 5 * 60 * 1000;

/** Whether there is no need to read a stream again already: nothing has come to it since, as far as CloudWatch says. */
export function notYetDue(
  context: SourceContext,
  now: Date,
  { lastIngestion }: WantedStream,
  { through }: EarlierStream,
): boolean {
  if (through === null || lastIngestion === null || now >= lateBy(context)) return false;
  return lastIngestion < through - LAG_MS;
}
