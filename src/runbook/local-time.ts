/** Calendar days of a time zone, and the moments at which they begin and end. A day is `YYYY-MM-DD`. */

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of a moment in an IANA time zone. */
export function localDay(moment: Date, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(moment);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/**
 * The moment at which a day ends in a time zone, which is when the next one begins: 00:00 there, or the first moment
 * that exists where the clocks are put forward at midnight.
 */
export function endOfDay(day: string, timeZone: string): Date {
  const next = nextDay(day);
  // No time zone is further than 14 hours from UTC (https://data.iana.org/time-zones/theory.html).
  let before = Date.parse(`${next}T00:00:00Z`) - 15 * 3_600_000;
  let after = before + 30 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDay(new Date(middle), timeZone) >= next) after = middle;
    else before = middle;
  }
  return new Date(after);
}

/** The same day of the month, so many months later; the last day of that month where it has no such day. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth))).toISOString().slice(0, 10);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** A day for people: `Fri 2026-11-27`. */
export function dayForPeople(day: string): string {
  return `${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${day}`;
}

/** A moment for people of a time zone: `Fri 2026-11-27 23:59`. */
export function minuteForPeople(moment: Date, timeZone: string): string {
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return `${dayForPeople(localDay(moment, timeZone))} ${time.format(moment)}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    formats.set(timeZone, format);
  }
  return format;
}
