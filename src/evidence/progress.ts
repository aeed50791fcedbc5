import type { Clock, Log } from "../ports.ts";

/** How far a source is. */
export interface Progress {
  /** What is counted: `streams`, `objects`. */
  unit: string;
  done: number;
  /** Unknown until it has been listed. */
  total: number | undefined;
  /** What the speed is measured in, when that is not `unit`: log events, say. */
  volume?: { unit: string; count: number };
}

export type ReportProgress = (progress: Progress) => void;

const EVERY_MS = 10_000;
const EVERY_SHARE = 0.1;
/** A source that is done within seconds needs no line for every tenth. */
const NOT_SOONER_MS = 1000;

/**
 * Prints one source's progress to the log: every ten seconds or so, and at every tenth of the way, for example
 * `cloudwatch-logs  3/12 streams  1,204,331 events  48,120 events/s`.
 */
export function progressReporter(clock: Clock, log: Log, source: string): ReportProgress {
  const startedAt = clock.now().getTime();
  let printedAt = startedAt;
  let printedShare = 0;
  return (progress) => {
    const now = clock.now().getTime();
    const share = progress.total ? progress.done / progress.total : 0;
    const due = now - printedAt >= EVERY_MS || share >= printedShare + EVERY_SHARE;
    if (!due || now - printedAt < NOT_SOONER_MS) return;
    printedAt = now;
    printedShare = Math.floor(share / EVERY_SHARE) * EVERY_SHARE;
    log.info(`${source}  ${describe(progress, (now - startedAt) / 1000)}`);
  };
}

function describe({ unit, done, total, volume }: Progress, seconds: number): string {
  const way = total === undefined ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`;
  const measured = volume ?? { unit, count: done };
  const speed = `${count(seconds > 0 ? Math.round(measured.count / seconds) : measured.count)} ${measured.unit}/s`;
  return [way, ...(volume ? [`${count(volume.count)} ${volume.unit}`] : []), speed].join("  ");
}

/** A number as people read it: `1,204,331`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
