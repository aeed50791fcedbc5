/**
 * Deadlines worked by hand from the rules, with a paper calendar: which moment, in which time zone, by which public
 * holidays (a country's code, and days of one's own), makes what due when. Days count in the time zone; a day ends when
 * the next one begins. Sources beside the rules themselves:
 * - Danish holidays: Easter's Thursday, Friday and Monday, Ascension Day, Whit Monday, Christmas Day, Boxing Day, New Year;
 *   Store Bededag until 2023 (lov nr. 214 af 6. marts 2023 did away with it). Constitution Day (5 June), 24 and 31 December
 *   and 1 May are no public holidays; whoever is off then writes them into `holidays.extra`.
 * - Easter Sunday: 2023-04-09, 2024-03-31, 2026-04-05, 2027-03-28.
 * - The European Union's clocks change at 01:00 UTC on the last Sundays of March and October, New York's at 02:00 local on
 *   the second Sunday of March and the first of November, Lord Howe's by half an hour on the first Sundays of April and
 *   October.
 */
export type Case = [
  moment: string,
  timeZone: string,
  holidays: string,
  obligation: string,
  due: string,
  because: string,
];

const CPH = "Europe/Copenhagen";
const NY = "America/New_York";
const HOWE = "Australia/Lord_Howe";
const KIRITIMATI = "Pacific/Kiritimati";

/** Five business days after the day of the moment; `review` counts from the declaration, `review raised` from a raise. */
const REVIEWS: Case[] = [
  ["2026-11-23T09:00:00Z", CPH, "DK", "review", "2026-11-30T23:00:00Z", "Tue to Fri, then Mon"],
  ["2026-11-20T22:59:00Z", CPH, "DK", "review", "2026-11-27T23:00:00Z", "Fri 23:59 is still Friday"],
  ["2026-11-20T23:00:00Z", CPH, "DK", "review", "2026-11-27T23:00:00Z", "Sat 00:00, next week"],
  ["2026-11-22T22:30:00Z", CPH, "DK", "review", "2026-11-27T23:00:00Z", "Sun 23:30, Mon counts"],
  ["2026-11-22T23:30:00Z", CPH, "DK", "review", "2026-11-30T23:00:00Z", "Mon 00:30, Mon does not count"],
  ["2026-04-01T21:59:00Z", CPH, "DK", "review", "2026-04-13T22:00:00Z", "Wed 23:59 before Maundy Thursday"],
  ["2026-03-27T22:59:00Z", CPH, "DK", "review", "2026-04-08T22:00:00Z", "Fri 23:59, clocks forward, Easter"],
  ["2024-03-27T22:59:00Z", CPH, "DK", "review", "2024-04-08T22:00:00Z", "clocks forward on Easter Sunday"],
  ["2027-03-24T22:59:00Z", CPH, "DK", "review", "2027-04-05T22:00:00Z", "an early Easter, clocks forward"],
  ["2026-05-08T21:59:00Z", CPH, "DK", "review", "2026-05-18T22:00:00Z", "Ascension on Thu 14"],
  ["2026-05-22T21:59:00Z", CPH, "DK", "review", "2026-06-01T22:00:00Z", "Fri 23:59 before Whit Monday"],
  ["2023-04-28T10:00:00Z", CPH, "DK", "review", "2023-05-08T22:00:00Z", "Store Bededag 2023, Fri 5 May"],
  ["2024-04-19T10:00:00Z", CPH, "DK", "review", "2024-04-26T22:00:00Z", "no Store Bededag in 2024"],
  ["2026-04-24T08:00:00Z", CPH, "DK", "review", "2026-05-01T22:00:00Z", "nor in 2026, and 1 May counts"],
  ["2026-05-29T10:00:00Z", CPH, "DK", "review", "2026-06-05T22:00:00Z", "Constitution Day counts"],
  ["2026-05-29T10:00:00Z", CPH, "DK +2026-06-05", "review", "2026-06-08T22:00:00Z", "unless it is one's own"],
  ["2026-12-18T22:59:00Z", CPH, "DK", "review", "2026-12-28T23:00:00Z", "24 counts, 25 does not"],
  ["2026-12-18T22:59:00Z", CPH, "DK +2026-12-24", "review", "2026-12-29T23:00:00Z", "24 is one's own"],
  ["2026-12-30T10:00:00Z", CPH, "DK", "review", "2027-01-07T23:00:00Z", "Thu 31, then 4 to 7 January"],
  ["2026-12-30T10:00:00Z", CPH, "DK +2026-12-31", "review", "2027-01-08T23:00:00Z", "31 is one's own"],
  ["2026-12-31T22:30:00Z", CPH, "DK", "review", "2027-01-08T23:00:00Z", "23:30 on New Year's Eve"],
  ["2026-12-31T23:30:00Z", CPH, "DK", "review", "2027-01-08T23:00:00Z", "00:30 on New Year's Day"],
  ["2027-12-17T10:00:00Z", CPH, "DK", "review", "2027-12-24T23:00:00Z", "24 December, a Friday, counts"],
  ["2027-12-20T10:00:00Z", CPH, "DK", "review", "2027-12-27T23:00:00Z", "Christmas on a weekend, no day off"],
  ["2027-12-31T10:00:00Z", CPH, "DK", "review", "2028-01-07T23:00:00Z", "New Year on a Saturday, no day off"],
  ["2028-02-24T10:00:00Z", CPH, "DK", "review", "2028-03-02T23:00:00Z", "29 February is a Tuesday"],
  ["2026-10-20T12:00:00Z", CPH, "DK", "review", "2026-10-27T23:00:00Z", "begins in summer, ends in winter"],
  ["2026-03-24T12:00:00Z", CPH, "DK", "review", "2026-03-31T22:00:00Z", "begins in winter, ends in summer"],
  ["2026-10-25T00:30:00Z", CPH, "DK", "review", "2026-10-30T23:00:00Z", "02:30 for the first time"],
  ["2026-10-25T01:30:00Z", CPH, "DK", "review", "2026-10-30T23:00:00Z", "02:30 for the second time"],
  ["2026-11-20T22:59:00Z", CPH, "DK", "review raised", "2026-11-27T23:00:00Z", "counts from the raise"],
  ["2026-11-20T23:59:00Z", "UTC", "DK", "review", "2026-11-28T00:00:00Z", "UTC itself"],
  ["2026-11-20T09:59:00Z", KIRITIMATI, "DK", "review", "2026-11-27T10:00:00Z", "Fri 23:59, 14 hours ahead"],
  ["2026-11-20T10:00:00Z", KIRITIMATI, "DK", "review", "2026-11-27T10:00:00Z", "Sat 00:00 there"],
  ["2026-11-22T10:00:00Z", KIRITIMATI, "DK", "review", "2026-11-30T10:00:00Z", "Mon 00:00 there"],
  ["2026-11-20T23:30:00Z", NY, "US", "review", "2026-12-01T05:00:00Z", "Thanksgiving on Thu 26"],
  ["2026-11-21T04:59:00Z", NY, "US", "review", "2026-12-01T05:00:00Z", "Fri 23:59 there"],
  ["2026-10-28T12:00:00Z", NY, "US", "review", "2026-11-05T05:00:00Z", "clocks back on 1 November"],
  ["2026-03-04T12:00:00Z", NY, "US", "review", "2026-03-12T04:00:00Z", "clocks forward on 8 March"],
  ["2026-01-16T12:00:00Z", NY, "US", "review", "2026-01-27T05:00:00Z", "Martin Luther King on Mon 19"],
  [
    "2026-06-29T12:00:00Z",
    NY,
    "US",
    "review",
    "2026-07-08T04:00:00Z",
    "4 July is a Saturday, so Fri 3 is off",
  ],
  ["2026-11-20T12:59:00Z", HOWE, "DK", "review", "2026-11-27T13:00:00Z", "Fri 23:59, 11 hours ahead"],
  ["2026-03-27T12:00:00Z", HOWE, "DK", "review", "2026-04-08T13:30:00Z", "back by half an hour on 5 April"],
  [
    "2026-09-28T00:00:00Z",
    HOWE,
    "DK",
    "review",
    "2026-10-05T13:00:00Z",
    "forward by half an hour on 4 October",
  ],
  ["2026-11-20T10:14:00Z", "Pacific/Chatham", "DK", "review", "2026-11-27T10:15:00Z", "13 h 45 min ahead"],
  ["2026-11-20T18:14:00Z", "Asia/Kathmandu", "DK", "review", "2026-11-27T18:15:00Z", "5 h 45 min ahead"],
];

/** Calendar hours from awareness, and a month from the submission of the notification. */
const LAW: Case[] = [
  ["2026-11-20T22:59:00Z", CPH, "DK", "gdpr", "2026-11-23T22:59:00Z", "weekends count"],
  ["2026-11-20T22:59:59.999Z", CPH, "DK", "gdpr", "2026-11-23T22:59:59.999Z", "to the millisecond"],
  ["2026-04-02T06:00:00Z", CPH, "DK", "gdpr", "2026-04-05T06:00:00Z", "Easter counts"],
  ["2026-03-28T11:00:00Z", CPH, "DK", "gdpr", "2026-03-31T11:00:00Z", "12:00 becomes 13:00 local"],
  ["2026-10-24T10:00:00Z", CPH, "DK", "gdpr", "2026-10-27T10:00:00Z", "12:00 becomes 11:00 local"],
  ["2026-12-30T23:30:00Z", CPH, "DK", "gdpr", "2027-01-02T23:30:00Z", "across the year's end"],
  ["2028-02-27T12:00:00Z", CPH, "DK", "gdpr", "2028-03-01T12:00:00Z", "28, 29, 1"],
  ["2027-02-26T12:00:00Z", CPH, "DK", "gdpr", "2027-03-01T12:00:00Z", "27, 28, 1"],
  ["2026-11-20T22:59:00Z", KIRITIMATI, "DK", "gdpr", "2026-11-23T22:59:00Z", "no time zone plays a part"],
  [
    "2026-11-20T22:59:00Z",
    CPH,
    "DK",
    "gdpr later",
    "2026-11-23T22:59:00Z",
    "aware long after the declaration",
  ],
  ["2026-03-28T23:30:00Z", CPH, "DK", "nis2/early-warning", "2026-03-29T23:30:00Z", "a day of 23 hours"],
  ["2026-10-24T22:00:00Z", CPH, "DK", "nis2/early-warning", "2026-10-25T22:00:00Z", "a day of 25 hours"],
  ["2026-12-31T12:00:00Z", CPH, "DK", "nis2/early-warning", "2027-01-01T12:00:00Z", "New Year's Day counts"],
  ["2026-12-24T23:00:00Z", CPH, "DK", "nis2/notification", "2026-12-27T23:00:00Z", "Christmas counts"],
  ["2026-11-24T10:00:00Z", CPH, "DK", "nis2/final-report", "2026-12-24T23:00:00Z", "same date"],
  ["2027-01-31T10:00:00Z", CPH, "DK", "nis2/final-report", "2027-02-28T23:00:00Z", "no 31 February"],
  ["2028-01-31T10:00:00Z", CPH, "DK", "nis2/final-report", "2028-02-29T23:00:00Z", "29 in a leap year"],
  [
    "2026-11-30T23:30:00Z",
    CPH,
    "DK",
    "nis2/final-report",
    "2027-01-01T23:00:00Z",
    "1 December local; a holiday is kept",
  ],
  ["2026-03-15T10:00:00Z", CPH, "DK", "nis2/final-report", "2026-04-15T22:00:00Z", "winter to summer"],
  ["2026-09-30T10:00:00Z", CPH, "DK", "nis2/final-report", "2026-10-30T23:00:00Z", "summer to winter"],
  [
    "2026-12-31T22:59:00Z",
    CPH,
    "DK",
    "nis2/final-report",
    "2027-01-31T23:00:00Z",
    "31 to 31, across the year",
  ],
  [
    "2026-10-05T03:00:00Z",
    NY,
    "US",
    "nis2/final-report",
    "2026-11-05T05:00:00Z",
    "4 October local to 4 November",
  ],
  ["2026-11-30T10:00:00Z", KIRITIMATI, "DK", "nis2/final-report", "2027-01-01T10:00:00Z", "1 December there"],
  [
    "2026-11-20T10:00:00Z",
    CPH,
    "DK",
    "nis2/final-report unsent",
    "2026-12-23T23:00:00Z",
    "from the 72 hours' end",
  ],
];

/** Minutes of the clock, and days that people set. For an improvement the moment is its day. */
const OTHERS: Case[] = [
  [
    "2026-12-31T22:50:00Z",
    CPH,
    "DK",
    "acknowledge critical",
    "2026-12-31T23:05:00Z",
    "15 min, into the new year",
  ],
  [
    "2026-03-29T00:30:00Z",
    CPH,
    "DK",
    "contain critical",
    "2026-03-29T01:30:00Z",
    "60 min, not 120 by the wall",
  ],
  ["2026-10-25T00:30:00Z", CPH, "DK", "contain critical", "2026-10-25T01:30:00Z", "60 min, 0 by the wall"],
  ["2026-11-20T22:59:00Z", CPH, "DK", "contain low", "2026-11-22T22:59:00Z", "2880 min, through a weekend"],
  ["2026-11-20T22:59:00Z", CPH, "DK", "preserve medium", "2026-11-21T02:59:00Z", "240 min"],
  ["2026-10-24T12:00:00Z", CPH, "DK", "resolve high", "2026-10-26T12:00:00Z", "2880 min, clocks back"],
  ["2026-12-31", CPH, "DK", "improvement", "2026-12-31T23:00:00Z", "the end of the year"],
  ["2026-03-29", CPH, "DK", "improvement", "2026-03-29T22:00:00Z", "a day of 23 hours"],
  ["2026-10-25", CPH, "DK", "improvement", "2026-10-25T23:00:00Z", "a day of 25 hours"],
  ["2028-02-29", CPH, "DK", "improvement", "2028-02-29T23:00:00Z", "a leap day"],
  ["2026-11-21", KIRITIMATI, "DK", "improvement", "2026-11-21T10:00:00Z", "14 hours ahead"],
  ["2026-04-05", HOWE, "DK", "improvement", "2026-04-05T13:30:00Z", "a day of 24 and a half hours"],
  [
    "2026-09-05",
    "America/Santiago",
    "DK",
    "improvement",
    "2026-09-06T04:00:00Z",
    "the next day begins at 01:00",
  ],
];

export const CASES: readonly Case[] = [...REVIEWS, ...LAW, ...OTHERS];
