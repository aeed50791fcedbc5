import Holidays from "date-holidays";
import { localDay, nextDay } from "./local-time.ts";
import type { Finding } from "./locate.ts";
import type { Runbook } from "./schema.ts";

type Calendar = Pick<Runbook, "time_zone"> & { holidays: Runbook["review"]["holidays"] };

/**
 * The calendar day, `YYYY-MM-DD` in the runbook's time zone, that is `days` business days after the day of `from`.
 * Saturdays, Sundays, public holidays of the runbook's country and its own extra days do not count; neither does
 * the day of `from` itself.
 */
export function addBusinessDays(from: Date, days: number, calendar: Calendar): string {
  const isHoliday = holidayCheck(calendar.holidays);
  let day = localDay(from, calendar.time_zone);
  for (let left = days; left > 0; ) {
    day = nextDay(day);
    if (!isWeekend(day) && !isHoliday(day)) left -= 1;
  }
  return day;
}

/** Whether the holidays' country and state are known; an unknown one would have no holidays at all. */
export function checkHolidays({ review }: Runbook): Finding[] {
  const { country, state } = review.holidays;
  const path = ["review", "holidays"];
  const known = new Holidays();
  if (!Object.hasOwn(known.getCountries(), country)) {
    return [
      {
        path: [...path, "country"],
        message: `no country has the code '${country}'`,
        write: "an ISO 3166 country code, for example `DK`",
      },
    ];
  }
  const states = known.getStates(country) ?? {};
  if (state === undefined || Object.hasOwn(states, state)) return [];
  return [
    {
      path: [...path, "state"],
      message: `${country} has no state '${state}'`,
      write: `one of ${Object.keys(states).join(", ") || "none: remove it"}`,
    },
  ];
}

function isWeekend(day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}

function holidayCheck({ country, state, extra }: Calendar["holidays"]): (day: string) => boolean {
  const calendar = state === undefined ? new Holidays(country) : new Holidays(country, state);
  const years = new Map<string, Set<string>>();
  return (day) => {
    const year = day.slice(0, 4);
    let known = years.get(year);
    if (!known) {
      const found = calendar.getHolidays(Number(year)).filter(({ type }) => type === "public");
      known = new Set(
        found.flatMap(({ date, start, end }) => daysOf(date.slice(0, 10), end.getTime() - start.getTime())),
      );
      years.set(year, known);
    }
    return known.has(day) || extra.includes(day);
  };
}

/** A holiday's days: most last one, some begin in the afternoon and some span several. */
function daysOf(first: string, durationMs: number): string[] {
  const days = [first];
  for (let left = Math.round(durationMs / 86_400_000); left > 1; left -= 1)
    days.push(nextDay(days.at(-1) ?? first));
  return days;
}
