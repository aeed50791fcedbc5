/** Simulated CloudWatch Logs. */
import type { SimClock } from "../../contracts.ts";
import type { Random } from "../../random.ts";
import type { JsonService, Quota } from "../service.ts";
import { describeLogGroups, describeLogStreams } from "./describe.ts";
import { type ExportOptions, ExportTasks } from "./export.ts";
import { filterLogEvents } from "./filter-log-events.ts";
import { getLogEvents } from "./get-log-events.ts";
import { getDataProtectionPolicy } from "./protection.ts";
import type { PageQuirks } from "./quirks.ts";
import { LogStore } from "./store.ts";
import { createLogStream, putLogEvents } from "./write.ts";

export interface LogsOptions {
  clock: SimClock;
  random: Random;
  /** Decides some of the quotas; one of the regions with the usual ones when absent. */
  region?: string;
  /** One empty page in ten and one short page in twenty when absent. */
  quirks?: Partial<PageQuirks>;
  /** Export tasks take five simulated minutes, cover every event and write nothing when absent. */
  exports?: Partial<ExportOptions>;
}

export interface Logs {
  readonly service: JsonService;
  /** Seeds groups, streams and events, and reads them past the API. */
  readonly store: LogStore;
  /** Export tasks, for a drill to put somebody else's among them. */
  readonly exports: ExportTasks;
}

export function createLogs({ clock, random, region = "", quirks, exports }: LogsOptions): Logs {
  const store = new LogStore(clock);
  const pages = { emptyPageRate: 0.1, partialPageRate: 0.05, ...quirks };
  const tasks = new ExportTasks(store, clock, random.fork("export tasks"), {
    durationMs: 300_000,
    delayMs: 0,
    refusedOn: () => null,
    write: null,
    ...exports,
  });
  const service: JsonService = {
    name: "logs",
    targetPrefix: "Logs_20140328",
    throttleError: "ThrottlingException",
    quotas: quotasIn(region),
    operations: {
      DescribeLogGroups: describeLogGroups(store),
      DescribeLogStreams: describeLogStreams(store),
      GetLogEvents: getLogEvents(store, pages, random.fork("GetLogEvents pages")),
      FilterLogEvents: filterLogEvents(store, pages, random.fork("FilterLogEvents pages")),
      CreateLogStream: createLogStream(store),
      PutLogEvents: putLogEvents(store),
      CreateExportTask: tasks.create,
      DescribeExportTasks: tasks.describe,
      GetDataProtectionPolicy: getDataProtectionPolicy(store),
    },
  };
  return { service, store, exports: tasks };
}

const SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html";

/** Reading differs by region. */
const GET_LOG_EVENTS: Readonly<Record<string, number>> = {
  "us-west-2": 10,
  "ap-northeast-3": 10,
  "ap-southeast-3": 10,
  "ca-west-1": 10,
  "eu-central-1": 10,
  "eu-west-1": 10,
  "eu-west-3": 30,
  "il-central-1": 10,
};
const FILTER_LOG_EVENTS: Readonly<Record<string, number>> = {
  "us-east-1": 25,
  "ap-northeast-3": 5,
  "ap-southeast-3": 5,
  "ca-west-1": 5,
  "eu-central-1": 5,
  "il-central-1": 5,
};

/** Requests a second for an account and region. */
function quotasIn(region: string): Readonly<Record<string, Quota>> {
  return {
    GetLogEvents: perSecond(GET_LOG_EVENTS[region] ?? 25),
    FilterLogEvents: perSecond(FILTER_LOG_EVENTS[region] ?? 10),
    DescribeLogStreams: perSecond(25),
    DescribeLogGroups: perSecond(10),
    CreateLogStream: perSecond(50),
    PutLogEvents: perSecond(5_000),
    CreateExportTask: perSecond(5),
    DescribeExportTasks: perSecond(5),
    GetDataProtectionPolicy: perSecond(5),
  };
}

function perSecond(rate: number): Quota {
  return { ratePerSecond: rate, burst: rate, source: SOURCE };
}
