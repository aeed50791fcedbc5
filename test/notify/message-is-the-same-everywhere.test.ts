import { describe, expect, test } from "@jest/globals";
import type { LedgerEntry } from "../../src/incident/entries.ts";
import { buildMessage, type Message } from "../../src/notify/message.ts";
import { slackPayload } from "../../src/notify/slack.ts";
import { teamsPayload } from "../../src/notify/teams.ts";
import { asciiSubject, htmlText, plainText } from "../../src/notify/text.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const notice = { reason: "declared", severity: "high" as const };

function declared(changes: Parameters<typeof facts>[0] = {}): LedgerEntry[] {
  return new LedgerBuilder().add("declared", facts(changes)).entries;
}

const message = (changes: Parameters<typeof facts>[0] = {}) =>
  buildMessage(declared(changes), runbook, { notice, secondCopy: false });

const lines = ({ opening, sections }: Message) => [...opening, ...sections.flatMap((one) => one.lines)];

test("the severity comes first, then why, what is known, what is not, what is asked, and links", () => {
  expect(plainText(message())).toBe(
    [
      "[High] INC-42: Service outage (suspected attack), servicenow in dev",
      "This incident was declared as High.",
      [
        "Known:",
        "- Seen: 5xx on every call",
        "- Noticed: 2026-11-21 02:40 UTC (21 Nov 2026, 03:40 Europe/Copenhagen)",
        "- Declared: 2026-11-21 03:00 UTC (21 Nov 2026, 04:00 Europe/Copenhagen) by Olga Oncall (oncall)",
        "- Status: open",
        "- Evidence: nothing is sealed yet",
      ].join("\n"),
      [
        "Not known:",
        "- The root cause",
        "- How far it reaches: which users and which data",
        "- Whether personal data is involved",
      ].join("\n"),
      [
        "What is asked of you:",
        "- Take it, if it is yours to take: write /ack as a comment on the issue, or run: gh workflow run acknowledge.yml -f incident=42 -f environment=dev",
        "- Read the issue: it says what people have to do, and by when",
        "- Change nothing by hand before the evidence is sealed, unless the issue asks for it",
      ].join("\n"),
      "INC-42 on GitHub: https://github.example/acme/platform/issues/42",
      "The run that declared it: https://github.example/acme/platform/actions/runs/7001",
    ].join("\n\n"),
  );
});

/** What a reader sees of HTML. */
function seen(html: string): string {
  return html
    .replace(/<title>.*<\/title>/, "")
    .replace(/<[^>]*>/g, "\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

const words = (text: string) =>
  text
    .replace(/^- |:$/gm, "")
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");

test("HTML says what the plain text says, word by word", () => {
  for (const one of [message(), message({ summary: `a < b && "c" 'd'`, principal: "x@y.example" })])
    expect(words(seen(htmlText(one)))).toBe(words(plainText(one)));
});

test("Slack and Teams say the same lines", () => {
  const one = message();
  for (const payload of [slackPayload(one), teamsPayload(one)]) {
    const text = JSON.stringify(payload);
    for (const line of lines(one)) expect(text).toContain(JSON.stringify(line).slice(1, -1));
  }
});

describe("hostile words", () => {
  const hostile = [
    "<script>alert(1)</script> <a href=https://evil.example>here</a>",
    "![x](https://evil.example/x.png) [here](https://evil.example) www.evil.example",
    "<!channel> <!here> <@U123> <https://evil.example|our portal> *bold* :skull:",
    "@everyone @acme/admins #1 \u202eevil\u202c \u200b</li></ul>",
    "line one\nSubject: other\r\nBcc: evil@evil.example",
  ];

  test.each(hostile)("%j is only text", (summary) => {
    const one = message({ summary, declaredBy: { login: "x", name: summary }, principal: summary });
    const [html, slack, teams] = [htmlText(one), slackPayload(one), teamsPayload(one)];
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/g)].map((match) => match[1]));
    expect([...tags].sort()).toEqual(
      ["a", "body", "h1", "h2", "head", "html", "li", "meta", "p", "title", "ul"].sort(),
    );
    expect([...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual(
      one.links.map(({ url }) => url),
    );
    for (const text of [plainText(one), html, JSON.stringify(slack), JSON.stringify(teams)]) {
      expect(text).not.toMatch(/(:\/\/|www\.)evil|evil\.example|\u202e|\u200b/);
      expect(text).not.toContain("\r");
    }
    const markup = (slack as { blocks: { text: { type: string; text: string } }[] }).blocks.filter(
      ({ text }) => text.type === "mrkdwn",
    );
    expect(markup).toHaveLength(1);
    expect(markup[0]?.text.text).not.toContain("evil");
    expect(JSON.stringify(teams)).not.toContain('"TextBlock"');
    expect(asciiSubject(one)).not.toContain("evil");
    expect(lines(one).every((line) => !/[\r\n]/.test(line))).toBe(true);
  });

  test("a secret that somebody wrote into the summary is left out", () => {
    const one = message({ summary: "leaked: password=hunter2hunter2" });
    expect(plainText(one)).not.toContain("hunter2");
    expect(plainText(one)).toContain("Seen: (left out, since it looks like a secret)");
  });

  test("a very long summary is cut", () => {
    expect(plainText(message({ summary: "x".repeat(60_000) })).length).toBeLessThan(3000);
  });
});

test("the subject is ASCII and shorter than 100 characters", () => {
  const odd = structuredClone(runbook);
  Object.assign(odd.incident_types["service-outage"] ?? {}, { name: `Störung – ${"æ".repeat(200)}` });
  const subject = asciiSubject(buildMessage(declared(), odd, { notice, secondCopy: false }));
  expect(subject).toMatch(/^\[High\] INC-42: Storung \? [ -~]*\.\.\.$/);
  expect(subject).toHaveLength(99);
});

test("who has taken it is asked, and that personal data is involved is said", () => {
  const entries = new LedgerBuilder()
    .add("declared", facts({ personalData: true }))
    .add("acknowledged", { by: { login: "maja", name: "Maja M" }, note: null, severity: "high" }).entries;
  const text = plainText(buildMessage(entries, runbook, { notice, secondCopy: true }));
  expect(text).toContain("It is taken by Maja M (maja): ask them");
  expect(text).toContain("Personal data is involved");
  expect(text).toContain(
    "Notify the supervisory authority (GDPR, article 33): before 2026-11-24 02:40 UTC (24 Nov 2026, 03:40 Europe/Copenhagen)",
  );
  expect(text).not.toContain("Whether personal data");
  expect(text).toContain("You may have had this message already");
});

test.each([
  ["severity-raised/critical", "The severity was raised from High to Critical: it spreads"],
  ["tampering/critical", "The severity was raised from High to Critical: it spreads"],
  ["personal-data/critical", "Personal data is involved, as is known since 2026-11-21 04:00 UTC"],
  ["repeat/2/critical", "Nobody has taken this incident yet. You are told again, for time 2."],
])("%s says why", (name, words) => {
  const by = { login: "a", name: "A" };
  const raised = { from: "high" as const, to: "critical" as const, reason: "it spreads" };
  const entries = new LedgerBuilder()
    .add("declared", facts())
    .add("severity-changed", name.startsWith("tampering") ? raised : { ...raised, by })
    .add("personal-data-found", { awareAt: "2026-11-21T04:00:00.000Z", reason: "names", by }).entries;
  const reason = name.replace(/\/critical$/, "");
  const request = { notice: { reason, severity: "critical" as const }, secondCopy: false };
  expect(buildMessage(entries, runbook, request).opening[0]).toContain(words);
});
