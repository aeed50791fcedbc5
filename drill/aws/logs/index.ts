/** Simulated CloudWatch Logs. */
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import type { JsonService, Quota } from "../service.ts";
import { describeLogGroups, describeLogStreams } from "./describe.ts";
import { type ExportOptions, ExportTasks } from "./export.ts";
import { filterLogEvents } from "./filter-log-events.ts";
import { getLogEvents } from "./get-log-events.ts";
import type { PageQuirks } from "./quirks.ts";
import { LogStore } from "./store.ts";
import { createLogStream, putLogEvents } from "./write.ts";

export interface LogsOptions {
  clock: SimClock;
  random: Random;
  /** One empty page in ten and one short page in twenty when absent. */
  quirks?: Partial<PageQuirks>;
  /** Export tasks take five simulated minutes, cover every event and write nothing when absent. */
  exports?: Partial<ExportOptions>;
}

export interface Logs {
  readonly service: JsonService;
  /** Seeds groups, streams and events, and reads them past the API. */
  readonly store: LogStore;
}

export function createLogs({ clock, random, quirks, exports }: LogsOptions): Logs {
  const store = new LogStore(clock);
  const pages = { emptyPageRate: 0.1, partialPageRate: 0.05, ...quirks };
  const tasks = new ExportTasks(store, clock, random.fork("export tasks"), {
    durationMs: 300_000,
    delayMs: 0,
    bucketIsWritable: () => true,
    write: null,
    ...exports,
  });
  const service: JsonService = {
    name: "logs",
    targetPrefix: "Logs_20140328",
    throttleError: "ThrottlingException",
    quotas: QUOTAS,
    operations: {
      DescribeLogGroups: describeLogGroups(store),
      DescribeLogStreams: describeLogStreams(store),
      GetLogEvents: getLogEvents(store, pages, random.fork("GetLogEvents pages")),
      FilterLogEvents: filterLogEvents(store, pages, random.fork("FilterLogEvents pages")),
      CreateLogStream: createLogStream(store),
      PutLogEvents: putLogEvents(store),
      CreateExportTask: tasks.create,
      DescribeExportTasks: tasks.describe,
    },
  };
  return { service, store };
}

const SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html";

/** Requests a second for an account and Region. */
const QUOTAS: Readonly<Record<string, Quota>> = {
  GetLogEvents: perSecond(25),
  FilterLogEvents: perSecond(5),
  DescribeLogStreams: perSecond(25),
  DescribeLogGroups: perSecond(10),
  CreateLogStream: perSecond(50),
  PutLogEvents: perSecond(5_000),
  CreateExportTask: perSecond(5),
  DescribeExportTasks: perSecond(5),
};

function perSecond(rate: number): Quota {
  return { ratePerSecond: rate, burst: rate, source: SOURCE };
}
