import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parseRecord, type RecordData } from "../../src/review/record-data.ts";
import {
  changingCalls,
  type DrillOutcome,
  drill,
  filesBelow,
  readJson,
  sha256File,
} from "../support/drill.ts";

/** One incident from the alarm to the merged record, read back from the vault, the issues, the messages and what was merged. */

interface Entry {
  kind: string;
  at: string;
  by: { login: string; runId: number };
  previous: string | null;
  data: Record<string, unknown>;
}
interface Issue {
  number: number;
  state: string;
  labels: string[];
  body: string;
  parent: number | null;
  assignees: string[];
  comments: { author: string; body: string }[];
}
interface Message {
  at: string;
  channel: string;
  to: string;
  text: string;
  messageId: string | null;
}

const MANAGER = "it-infrastructure-manager";
const TEAM = "AI connectors team";
const GSO = "global-security-operations";
const DPO = "data-protection-officer";
const MINUTE_MS = 60_000;

let outcome: DrillOutcome;
let ledger: Entry[];
let issues: Issue[];
let messages: Message[];

beforeAll(async () => {
  outcome = await drill("alarm-to-record");
  const folder = `${outcome.out}/evidence/incidents/INC-1/ledger`;
  const names = filesBelow(folder).sort();
  ledger = names.map((name) => readJson<Entry>(folder, name));
  issues = readJson<Issue[]>(outcome.out, "github/issues.json");
  messages = readJson<Message[]>(outcome.out, "messages.json");
}, 1_500_000);

const of = (kind: string) => ledger.filter((entry) => entry.kind === kind);
const labelled = (label: string) => issues.filter(({ labels }) => labels.includes(label));
const incident = () => issues.find(({ number }) => number === 1) as Issue;
const declaredAt = () => Date.parse(ledger[0]?.at ?? "");

describe("an incident from the alarm to the merged record", () => {
  test("goes as the scenario expects", () => {
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output.slice(-3000) }).toEqual({
      code: 0,
      output: "",
    });
  });

  test("is one chain of entries in order of time, of which none was written again", () => {
    const folder = `${outcome.out}/evidence/incidents/INC-1/ledger`;
    const digests = filesBelow(folder)
      .sort()
      .map((name) => sha256File(folder, name));
    expect(ledger.map(({ previous }) => previous)).toEqual([null, ...digests.slice(0, -1)]);
    const moments = ledger.map(({ at }) => at);
    expect(moments).toEqual([...moments].sort());
  });

  test("takes its turns in order, each once", () => {
    const turns: [string, Record<string, unknown>?][] = [
      ["declared"],
      ["acknowledged", { severity: "high" }],
      ["severity-changed"],
      ["acknowledged", { severity: "critical" }],
      ["contained"],
      ["step-confirmed", { step: "block-source" }],
      ["step-confirmed", { step: "investigate" }],
      ["restored"],
      ["step-confirmed", { step: "remediate" }],
      ["step-confirmed", { step: "notify" }],
      ["review-incomplete"],
      ["improvement-opened"],
      ["record-proposed"],
      ["reviewed"],
    ];
    const places = turns.map(([kind, data = {}]) =>
      ledger.flatMap((entry, place) =>
        entry.kind === kind && Object.entries(data).every(([name, value]) => entry.data[name] === value)
          ? [place]
          : [],
      ),
    );
    expect(places.map(({ length }, turn) => [turns[turn], length])).toEqual(turns.map((turn) => [turn, 1]));
    expect(places.flat()).toEqual(places.flat().sort((one, other) => one - other));
  });

  test("is declared by the alarm; nothing is changed before one person asked for it and another approved", () => {
    expect(of("indicator-received").map(({ data }) => data)).toMatchObject([
      { indicator: "alarms/http-5xx-spike", joined: false, seenAt: "2026-12-18T02:40:00.989Z" },
    ]);
    const [contained, ...others] = of("gate-passed");
    expect(others).toHaveLength(1);
    expect(contained?.data).toMatchObject({ approvals: [{ login: "oncall-reviewer" }] });
    expect(contained?.by.login).toBe("oncall-engineer");
    const changes = changingCalls(outcome.calls, "containment");
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ at }) => at < (contained?.at ?? ""))).toEqual([]);
    const sealed = of("capture-sealed")[0]?.at ?? "";
    expect(sealed < (contained?.at ?? "")).toBe(true);
  });
});

describe("people", () => {
  const sent = () => of("notice-sent").map(({ data }) => data as { notice: string; recipient: string });
  const told = (notice: string) =>
    sent().flatMap((one) => (one.notice.startsWith(notice) ? [one.recipient] : []));

  test("are told when it is declared, and all again when it is Critical, then the DPO for the first time", () => {
    expect(told("declared/high").sort()).toEqual([MANAGER, TEAM, GSO].sort());
    const raised = [...told("severity-raised/critical"), ...told("personal-data/critical")];
    expect(raised.sort()).toEqual([MANAGER, TEAM, GSO, DPO].sort());
  });

  test("are told by the next channel when theirs is shut, and the ledger says why", () => {
    const failed = of("notice-failed").map(({ data }) => data);
    expect(failed).toMatchObject([
      { recipient: GSO, channel: "slack", outcome: "failed", notice: "declared/high" },
      { recipient: GSO, channel: "slack", outcome: "failed", notice: "severity-raised/critical" },
    ]);
    const toGso = of("notice-sent").filter(({ data }) => data.recipient === GSO);
    expect(toGso.map(({ data }) => data.channel)).toEqual(["ses", "ses"]);
    expect(of("notice-undelivered")).toEqual([]);
  });

  test("get each message once, and none that the ledger does not have", () => {
    const notices = of("notice-sent").map(({ data }) => `${data.notice} ${data.recipient}`);
    expect(notices).toEqual([...new Set(notices)]);
    const ids = of("notice-sent").map(({ data }) => `${data.channel} ${data.messageId}`);
    expect(messages.map(({ channel, messageId }) => `${channel} ${messageId}`).sort()).toEqual(ids.sort());
    const intended = of("notice-intended").map(
      ({ data }) => `${data.notice} ${data.recipient} ${data.channel}`,
    );
    expect(intended).toEqual([...new Set(intended)]);
  });

  test("who take, change and confirm things are in the ledger with their own names", () => {
    expect(of("acknowledged")).toMatchObject([
      { by: { login: "oncall-engineer" }, data: { note: "I am on it", severity: "high" } },
      { by: { login: "oncall-engineer" }, data: { note: "Still me", severity: "critical" } },
    ]);
    expect(of("severity-changed").map(({ data }) => data)).toMatchObject([
      { from: "high", to: "critical", by: { login: "oncall-engineer" } },
    ]);
    expect(of("step-confirmed").map(({ data, by }) => [data.step, by.login])).toEqual([
      ["block-source", "oncall-engineer"],
      ["investigate", "oncall-engineer"],
      ["remediate", "oncall-engineer"],
      ["notify", "oncall-reviewer"],
    ]);
  });
});

describe("the clocks", () => {
  const reminded = () => of("reminded").map(({ data }) => `${data.about} ${data.stage}`);

  test("remind of each deadline before and after, and of nothing twice", () => {
    const improvement = labelled("incident-improvement")[0]?.number;
    expect(reminded()).toEqual([
      "step/block-source 50",
      "step/block-source 80",
      "step/block-source overdue/1",
      "resolve overdue/1",
      "gdpr 50",
      "resolve overdue/2",
      "gdpr 80",
      "review 50",
      `improvement/${improvement} 50`,
    ]);
  });

  test("count minutes and hours, business days around Christmas, and days in Copenhagen", () => {
    const due = Object.fromEntries(of("reminded").map(({ data }) => [String(data.about), data.due]));
    const aware = Date.parse(String(of("personal-data-found")[0]?.data.awareAt));
    const iso = (ms: number) => new Date(ms).toISOString();
    expect(due["step/block-source"]).toBe(iso(declaredAt() + 240 * MINUTE_MS));
    expect(due.resolve).toBe(iso(declaredAt() + 1440 * MINUTE_MS));
    expect(due.gdpr).toBe(iso(aware + 72 * 60 * MINUTE_MS));
    // 21, 22, 23, 24 and 28 December: 25 and 26 are holidays, 27 is a Sunday.
    expect(due.review).toBe("2026-12-28T23:00:00.000Z");
    expect(due[`improvement/${labelled("incident-improvement")[0]?.number}`]).toBe(
      "2027-01-15T23:00:00.000Z",
    );
  });

  test("keep everything on one comment, and the law's clock at the top", () => {
    const comments = incident().comments.filter(({ body }) => body.includes("### Reminders"));
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toMatch(/\| Process improvement .* @oncall-engineer \|/);
    expect(comments[0]?.body).toContain("~~Block the attacking addresses in front of the service~~");
    const [gdpr] = of("reminded").filter(({ data }) => data.about === "gdpr");
    const until = `**${String(gdpr?.data.due).slice(0, 16).replace("T", " ")} UTC**`;
    expect(incident().body).toContain("**Personal data is involved**");
    expect(incident().body.indexOf(until)).toBeLessThan(incident().body.indexOf("## Facts"));
    expect(incident().body).toContain(until);
  });

  test("say what is open and until when, and afterwards that it was due", () => {
    const step = "Block the attacking addresses in front of the service";
    const due = `${new Date(declaredAt() + 240 * MINUTE_MS).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    const texts = messages.filter(
      ({ to, text }) => to === "manager@example.com" && text.includes(`: ${step}.`),
    );
    expect(texts.map(({ text }) => text.split("\n")[2])).toEqual([
      `Still open: ${step}. 50 % of the time is over; it is due ${due}.`,
      `Still open: ${step}. 80 % of the time is over; it is due ${due}.`,
      `Overdue: ${step}. It was due ${due}.`,
    ]);
  });
});

describe("the review", () => {
  const proposed = () =>
    of("record-proposed")[0]?.data as { record: string; sha256: string; pullRequest: number };
  const merged = (name: string) => join(outcome.out, "github/merged", name);
  const record = () => readFileSync(merged(proposed().record), "utf8");
  const data = () => parseRecord(record()) as RecordData;

  test("closed too early is open again, with what is missing", () => {
    expect(of("review-incomplete").map(({ data: { closedBy } }) => closedBy)).toEqual(["oncall-engineer"]);
    const missing = of("review-incomplete")[0]?.data.missing as string[];
    expect(missing.map((sentence) => sentence.split(":")[0])).toEqual([
      "Actions taken",
      "Process improvements",
    ]);
  });

  test("asks for an improvement, which is an issue of its own below the review and still open", () => {
    const [review] = labelled("incident-review");
    expect(labelled("incident-improvement")).toMatchObject([
      { assignees: ["oncall-engineer"], parent: review?.number, state: "open" },
    ]);
  });

  test("is in the repository as it was proposed, and vouches for the evidence as that does for it", () => {
    expect(sha256File(merged(proposed().record))).toBe(proposed().sha256);
    expect(of("reviewed")[0]?.data).toMatchObject({
      sha256: proposed().sha256,
      pullRequest: proposed().pullRequest,
      mergedBy: "oncall-reviewer",
    });
    const { entries, head } = data().ledger;
    expect(ledger[entries]?.previous).toBe(head);
    const manifests = filesBelow(join(outcome.out, "evidence")).filter((path) =>
      path.endsWith("manifest.json"),
    );
    const digests = manifests.map((path) => sha256File(outcome.out, "evidence", path));
    expect(digests.length).toBeGreaterThan(1);
    expect(
      data()
        .captures.map(({ manifestSha256 }) => manifestSha256)
        .sort(),
    ).toEqual(digests.sort());
    for (const digest of [head, ...digests]) expect(record()).toContain(digest);
    expect(data().verdict).toBe("verified");
  });

  test("says how long it took, and what did not go by the runbook", () => {
    const { times, review } = data();
    expect(times.acknowledge).toMatchObject({ target: 15 });
    expect(times.resolve.minutes ?? 0).toBeGreaterThan(times.resolve.target ?? 0);
    expect(times.contain).toEqual({ minutes: expect.any(Number), target: 60 });
    expect(review).toMatchObject({ due: "2026-12-28" });
    const deviations = record().split("## What did not go by the runbook")[1]?.split("\n## ")[0] ?? "";
    expect(deviations).toContain("block-source");
    expect(deviations).toContain("slack");
  });

  test("has its row in the table and its figures", () => {
    const page = readFileSync(merged("docs/compliance/incident-reviews/README.md"), "utf8");
    const rows = page.split("\n").filter((line) => line.includes("[INC-1]("));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain("| 2026-12-18 | [INC-1](2026-12-18-INC-1.md)");
    expect(rows[0]).toContain("| Critical |");
    expect(rows[0]).toContain("A batch client \\| retried without a pause and took every connection.");
    expect(page).toContain("xychart-beta");
  });
});

describe("in the end", () => {
  test("the incident is closed by Firebreak, reviewed", () => {
    expect(incident()).toMatchObject({
      state: "closed",
      labels: expect.arrayContaining(["status:reviewed", "severity:critical"]),
    });
    expect(incident().body).not.toContain("- [ ]");
    const closing = outcome.calls.filter(
      ({ operation, job, resource }) =>
        operation === "issues/update" && job?.startsWith("record") && /\b1\b/.test(resource),
    );
    expect(closing.length).toBeGreaterThan(0);
    expect(of("issue-reopened")).toEqual([]);
  });

  test("the service runs, and the evidence verifies", () => {
    const report = readJson<{ service: { after: { running: number } } }>(outcome.out, "report.json");
    expect(report.service.after.running).toBe(2);
    expect(outcome.output).toContain("VERIFIED: everything is there, and is what was sealed");
  });
});
