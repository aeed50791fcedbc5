/**
 * The answers to the questions of docs/query.md, worked out record by record in plain TypeScript, with the clocks of
 * `Intl`. Shares no code and no SQL with what it checks.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Call {
  timestamp: string;
  user: string | null;
  tool: string | null;
  session: string | null;
  outcome: string | null;
}

export interface Asked {
  from: number;
  to: number;
  baselineFrom: number;
  zone: string;
}

export type Row = (string | number | boolean | null)[];

const at = ({ timestamp }: Call) => Date.parse(timestamp);
const failed = ({ outcome }: Call) => outcome === "error" || outcome === "denied";
const iso = (ms: number) => new Date(ms).toISOString();
const tenth = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Outside Monday to Friday, 07:00 to 18:00, on the clocks of the zone. */
export function offHours(ms: number, zone: string): boolean {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  clocks.set(zone, clock);
  const parts = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
  if (parts.weekday === "Sat" || parts.weekday === "Sun") return true;
  const time = `${parts.hour}:${parts.minute}`;
  return time < "07:00" || time >= "18:00";
}

interface Split {
  window: Call[];
  baseline: Call[];
  /** When the first record of the baseline was, or the window's beginning. */
  begins: number;
}

function split(calls: readonly Call[], { from, to, baselineFrom }: Asked): Split {
  const window = calls.filter((call) => at(call) >= from && at(call) < to);
  const baseline = calls.filter((call) => at(call) >= baselineFrom && at(call) < from);
  return { window, baseline, begins: Math.min(from, ...baseline.map(at)) };
}

function groups<Key>(calls: readonly Call[], key: (call: Call) => Key): Map<Key, Call[]> {
  const found = new Map<Key, Call[]>();
  for (const call of calls) found.set(key(call), [...(found.get(key(call)) ?? []), call]);
  return found;
}

/** Mean plus three standard deviations of `n` numbers, of which those not given are 0. */
function usual(values: readonly number[], n: number): { mean: number; far: number } {
  const all = [...values, ...Array<number>(Math.max(n - values.length, 0)).fill(0)];
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  return { mean, far: mean + 3 * Math.sqrt(Math.max(variance, mean)) };
}

export function errorSpikes(calls: readonly Call[], asked: Asked): Row[] {
  const { window, baseline, begins } = split(calls, asked);
  const hour = (call: Call) => Math.floor(at(call) / HOUR_MS) * HOUR_MS;
  const baselineHours = Math.round((asked.from - begins) / HOUR_MS);
  const [ordinary, n] =
    baselineHours > 0 ? [baseline, baselineHours] : [window, Math.round((asked.to - asked.from) / HOUR_MS)];
  const counts = [...groups(ordinary.filter(failed), hour).values()].map(({ length }) => length);
  const { mean, far } = usual(counts, n);
  const most = Math.max(far, 4);
  return [...groups(window, hour)].flatMap(([start, all]) => {
    const bad = all.filter(failed);
    if (bad.length === 0) return [];
    const byUser = [...groups(bad, ({ user }) => user)].sort(([, a], [, b]) => b.length - a.length);
    const [first, second] = byUser;
    const alone =
      bad.length > most &&
      first !== undefined &&
      first[1].length > (second?.[1].length ?? 0) &&
      bad.length - first[1].length <= most;
    const users = byUser.filter(([user]) => user !== null).length;
    const who = alone ? (first?.[0] ?? null) : null;
    return [[iso(start), all.length, bad.length, users, tenth(mean, 2), who, bad.length > most]];
  });
}

export function newUsers(calls: readonly Call[], asked: Asked): Row[] {
  const { window, baseline } = split(calls, asked);
  const known = new Set(baseline.map(({ user }) => user));
  return [...groups(window, ({ user }) => user)]
    .filter(([user]) => !known.has(user))
    .map(([user, theirs]) => {
      const times = theirs.map(at);
      const tools = new Set(theirs.map(({ tool }) => tool).filter((tool) => tool !== null));
      const [first, last] = [iso(Math.min(...times)), iso(Math.max(...times))];
      return [user, first, last, theirs.length, theirs.filter(failed).length, tools.size, true];
    });
}

export function callsOffHours(calls: readonly Call[], asked: Asked): Row[] {
  const { window, baseline } = split(calls, asked);
  const off = (call: Call) => offHours(at(call), asked.zone);
  const before = groups(baseline.filter(off), ({ user }) => user);
  return [...groups(window.filter(off), ({ user }) => user)].map(([user, theirs]) => {
    const times = theirs.map(at);
    const [first, last] = [iso(Math.min(...times)), iso(Math.max(...times))];
    const earlier = before.get(user)?.length ?? 0;
    return [user, theirs.length, theirs.filter(failed).length, first, last, earlier, earlier === 0];
  });
}

export function volume(calls: readonly Call[], asked: Asked): Row[] {
  const { window, baseline, begins } = split(calls, asked);
  const days = Math.floor((asked.from - begins) / DAY_MS);
  /** How many calls fell on each 24 hours, counted back from a moment: (end - 24 h) belongs to them, the end does not. */
  const daily = (theirs: readonly Call[], end: number) => {
    const counts = new Map<number, number>();
    for (const call of theirs) {
      const day = Math.ceil((end - at(call)) / DAY_MS) - 1;
      counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return counts;
  };
  const before = groups(baseline, ({ user }) => user);
  return [...groups(window, ({ user }) => user)].map(([user, theirs]) => {
    const busiest = Math.max(...daily(theirs, asked.to).values());
    const full = [...daily(before.get(user) ?? [], asked.from)].filter(([day]) => day < days);
    const counts = full.map(([, count]) => count);
    const { mean, far } = usual(counts, days);
    const most = Math.max(0, ...counts);
    const flagged = busiest >= 20 && busiest > most && busiest > far;
    return [user, theirs.length, busiest, tenth(mean, 1), most, flagged];
  });
}

/** The calls of one user, tool or session: how often by user, tool and outcome, and each one's time. */
export function callsOf(
  calls: readonly Call[],
  asked: Asked,
  kind: "user" | "tool" | "session",
  value: string,
): { summary: Row[]; times: string[] } {
  const theirs = split(calls, asked).window.filter((call) => call[kind] === value);
  const summary = groups(theirs, ({ user, tool, outcome }) => JSON.stringify([user, tool, outcome]));
  return {
    summary: [...summary].map(([key, some]) => {
      const sessions = new Set(some.map(({ session }) => session).filter((session) => session !== null));
      return [...(JSON.parse(key) as Row), some.length, sessions.size];
    }),
    times: theirs.map(({ timestamp }) => iso(Date.parse(timestamp))).sort((a, b) => (a < b ? 1 : -1)),
  };
}
