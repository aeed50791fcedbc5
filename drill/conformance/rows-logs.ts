/** CloudWatch Logs: reading in pages, time windows, what is refused. */
import {
  CreateExportTaskCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type OutputLogEvent,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ending, type Row, refused } from "./row.ts";
import { fresh, type World } from "./world.ts";

const GET = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html";
const FILTER =
  "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html";
const PUT = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html";
const STREAMS =
  "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html";
const GROUPS =
  "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html";
const EXPORT =
  "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html";
const PATTERNS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html";

/** More pages than any row needs: whoever reads on is caught in a loop. */
const MOST_PAGES = 60;

interface Stream {
  logGroupName: string;
  logStreamName: string;
  /** The first event's timestamp; the others follow a second apart. */
  start: number;
}

async function stream(world: World, messages: readonly string[], logGroupName?: string): Promise<Stream> {
  const group = logGroupName ?? (await world.logGroup());
  const names = { logGroupName: group, logStreamName: fresh("stream") };
  await world.logs.send(new CreateLogStreamCommand(names));
  const start = world.now() - 3600_000;
  const logEvents = messages.map((message, index) => ({ timestamp: start + index * 1000, message }));
  if (logEvents.length > 0) await world.logs.send(new PutLogEventsCommand({ ...names, logEvents }));
  return { ...names, start };
}

/** Reads a stream from its head until the token repeats, as the page says to. */
async function readAll(world: World, input: GetLogEventsCommandInput): Promise<OutputLogEvent[]> {
  const events: OutputLogEvent[] = [];
  let nextToken: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await world.logs.send(new GetLogEventsCommand({ startFromHead: true, ...input, nextToken }));
    events.push(...(page.events ?? []));
    if (page.nextForwardToken === nextToken) return events;
    nextToken = page.nextForwardToken;
  }
  throw new Error("the token never repeated");
}

/** Reads until there is no token, going on over empty pages, as the page says to. */
async function filterAll(world: World, input: FilterLogEventsCommandInput): Promise<FilteredLogEvent[]> {
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await world.logs.send(new FilterLogEventsCommand({ ...input, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
    if (nextToken === undefined) return events;
  }
  throw new Error("the token never ended");
}

const messagesOf = (events: readonly { message?: string | undefined }[]) =>
  events.map(({ message }) => message);
const FIVE = ["one", "two", "three", "four", "five"];

export const LOG_ROWS: readonly Row[] = [
  {
    id: "logs-get-pages",
    service: "logs",
    behaviour: "GetLogEvents from the head gives every event once, in order; at the end the token repeats.",
    page: GET,
    expected: { messages: FIVE },
    run: async (world) => {
      const { start: _, ...names } = await stream(world, FIVE);
      return { messages: messagesOf(await readAll(world, { ...names, limit: 2 })) };
    },
  },
  {
    id: "logs-get-empty-stream",
    service: "logs",
    behaviour: "A stream without events answers with none, and with tokens in both directions.",
    page: GET,
    expected: { events: 0, tokens: [true, true] },
    run: async (world) => {
      const { start: _, ...names } = await stream(world, []);
      const page = await world.logs.send(new GetLogEventsCommand({ ...names, startFromHead: true }));
      return {
        events: page.events?.length,
        tokens: [page.nextForwardToken, page.nextBackwardToken].map((token) => typeof token === "string"),
      };
    },
  },
  {
    id: "logs-get-window",
    service: "logs",
    behaviour: "GetLogEvents includes the start time and excludes the end time.",
    page: GET,
    expected: { messages: ["two", "three"] },
    run: async (world) => {
      const { start, ...names } = await stream(world, FIVE);
      const window = { startTime: start + 1000, endTime: start + 3000 };
      return { messages: messagesOf(await readAll(world, { ...names, ...window })) };
    },
  },
  {
    id: "logs-get-newest-first-page",
    service: "logs",
    behaviour: "Without startFromHead the first page ends with the newest event.",
    page: GET,
    expected: { messages: ["four", "five"] },
    run: async (world) => {
      const { start: _, ...names } = await stream(world, FIVE);
      const { events = [] } = await world.logs.send(new GetLogEventsCommand({ ...names, limit: 2 }));
      return { messages: messagesOf(events) };
    },
  },
  {
    id: "logs-get-missing",
    service: "logs",
    behaviour: "A stream or group that does not exist is ResourceNotFoundException.",
    page: GET,
    expected: {
      stream: refused("ResourceNotFoundException", 400),
      group: refused("ResourceNotFoundException", 400),
    },
    run: async (world) => {
      const logGroupName = await world.logGroup();
      const read = (names: { logGroupName: string; logStreamName: string }) =>
        ending(world.logs.send(new GetLogEventsCommand(names)));
      return {
        stream: await read({ logGroupName, logStreamName: "nobody" }),
        group: await read({ logGroupName: "/nobody/has/this", logStreamName: "nobody" }),
      };
    },
  },
  {
    id: "logs-filter-pages",
    service: "logs",
    behaviour: "FilterLogEvents gives every event of every stream once, however many pages it takes.",
    page: FILTER,
    expected: { messages: ["a1", "a2", "a3", "b1", "b2"], distinctIds: 5 },
    run: async (world) => {
      const { logGroupName } = await stream(world, ["a1", "a2", "a3"]);
      await stream(world, ["b1", "b2"], logGroupName);
      const events = await filterAll(world, { logGroupName, limit: 2 });
      const ids = new Set(events.map(({ eventId }) => eventId));
      return { messages: messagesOf(events).toSorted(), distinctIds: ids.size };
    },
  },
  {
    id: "logs-filter-window",
    service: "logs",
    behaviour: "FilterLogEvents includes the start time and, other than GetLogEvents, the end time as well.",
    page: FILTER,
    expected: { messages: ["two", "three", "four"] },
    run: async (world) => {
      const { start, logGroupName } = await stream(world, FIVE);
      const window = { startTime: start + 1000, endTime: start + 3000 };
      return { messages: messagesOf(await filterAll(world, { logGroupName, ...window })) };
    },
  },
  {
    id: "logs-filter-pattern",
    service: "logs",
    behaviour: "A pattern of two terms matches events that hold both, by case.",
    page: PATTERNS,
    expected: { messages: ["ERROR in OBO exchange"] },
    run: async (world) => {
      const { logGroupName } = await stream(world, [
        "ERROR in OBO exchange",
        "error in OBO",
        "ERROR elsewhere",
        "fine",
      ]);
      return { messages: messagesOf(await filterAll(world, { logGroupName, filterPattern: "ERROR OBO" })) };
    },
  },
  {
    id: "logs-filter-streams",
    service: "logs",
    behaviour: "FilterLogEvents takes names of streams, or a prefix, and only events of these.",
    page: FILTER,
    expected: { byName: ["mine"], byPrefix: ["mine"] },
    run: async (world) => {
      const { logGroupName, logStreamName } = await stream(world, ["mine"]);
      await stream(world, ["other"], logGroupName);
      const byName = await filterAll(world, { logGroupName, logStreamNames: [logStreamName] });
      const byPrefix = await filterAll(world, {
        logGroupName,
        logStreamNamePrefix: logStreamName.slice(0, 15),
      });
      return { byName: messagesOf(byName), byPrefix: messagesOf(byPrefix) };
    },
  },
  {
    id: "logs-filter-names-and-prefix",
    service: "logs",
    behaviour: "Names of streams together with a prefix are refused.",
    page: FILTER,
    expected: refused("InvalidParameterException", 400),
    run: async (world) => {
      const { logGroupName, logStreamName } = await stream(world, ["mine"]);
      return ending(
        world.logs.send(
          new FilterLogEventsCommand({
            logGroupName,
            logStreamNames: [logStreamName],
            logStreamNamePrefix: "s",
          }),
        ),
      );
    },
  },
  {
    id: "logs-put-out-of-order",
    service: "logs",
    behaviour: "One call's events must be in order of time.",
    page: PUT,
    expected: refused("InvalidParameterException", 400),
    run: async (world) => {
      const { start, ...names } = await stream(world, []);
      const logEvents = [
        { timestamp: start + 2000, message: "later" },
        { timestamp: start, message: "earlier" },
      ];
      return ending(world.logs.send(new PutLogEventsCommand({ ...names, logEvents })));
    },
  },
  {
    id: "logs-put-late-event",
    service: "logs",
    behaviour: "An event that arrives after younger ones is read at its own time, not at its arrival.",
    page: PUT,
    expected: { messages: ["before", "one", "two"] },
    run: async (world) => {
      const { start, ...names } = await stream(world, ["one", "two"]);
      const late = [{ timestamp: start - 60_000, message: "before" }];
      await world.logs.send(new PutLogEventsCommand({ ...names, logEvents: late }));
      return { messages: messagesOf(await readAll(world, names)) };
    },
  },
  {
    id: "logs-streams-pages",
    service: "logs",
    behaviour: "DescribeLogStreams by name gives every stream once, in pages.",
    page: STREAMS,
    expected: { streams: 5, sorted: true },
    run: async (world) => {
      const { logGroupName } = await stream(world, []);
      for (let more = 0; more < 4; more++) await stream(world, [], logGroupName);
      const names: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await world.logs.send(
          new DescribeLogStreamsCommand({ logGroupName, limit: 2, nextToken }),
        );
        names.push(...(page.logStreams ?? []).map(({ logStreamName = "" }) => logStreamName));
        nextToken = page.nextToken;
      } while (nextToken && names.length < MOST_PAGES);
      return { streams: new Set(names).size, sorted: names.join() === names.toSorted().join() };
    },
  },
  {
    id: "logs-streams-prefix-by-time",
    service: "logs",
    behaviour: "A prefix of stream names together with the order by last event is refused.",
    page: STREAMS,
    expected: refused("InvalidParameterException", 400),
    run: async (world) => {
      const { logGroupName } = await stream(world, ["one"]);
      const input = { logGroupName, orderBy: "LastEventTime", logStreamNamePrefix: "s" } as const;
      return ending(world.logs.send(new DescribeLogStreamsCommand(input)));
    },
  },
  {
    id: "logs-groups-prefix",
    service: "logs",
    behaviour: "DescribeLogGroups by prefix gives the groups whose names begin so.",
    page: GROUPS,
    expected: { found: true, others: 0 },
    run: async (world) => {
      const [mine] = [await world.logGroup(), await world.logGroup()];
      const { logGroups = [] } = await world.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: mine }),
      );
      const names = logGroups.map(({ logGroupName }) => logGroupName);
      return { found: names.includes(mine), others: names.length - 1 };
    },
  },
  {
    id: "logs-export-one-at-a-time",
    service: "logs",
    behaviour: "An account has one active export task: a second one is refused while the first runs.",
    page: EXPORT,
    expected: { first: { ok: true }, second: refused("LimitExceededException", 400) },
    run: async (world) => {
      const { start, logGroupName } = await stream(world, FIVE);
      const destination = await world.bucket();
      const task = () =>
        ending(
          world.logs.send(
            new CreateExportTaskCommand({ logGroupName, from: start, to: start + 10_000, destination }),
          ),
        );
      return { first: await task(), second: await task() };
    },
  },
];
