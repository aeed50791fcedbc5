import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parseRecord } from "../../src/review/record-data.ts";
import { type DrillOutcome, drill, filesBelow, readJson, sha256File } from "../support/drill.ts";

interface Issue {
  number: number;
  title: string;
  state: string;
  labels: string[];
  body: string;
  parent: number | null;
  assignees: string[];
  comments: { author: string; body: string }[];
}

let outcome: DrillOutcome;
let issues: Issue[];

beforeAll(async () => {
  outcome = await drill("review-recorded");
  issues = readJson<Issue[]>(outcome.out, "github/issues.json");
}, 900_000);

const labelled = (label: string) => issues.filter(({ labels }) => labels.includes(label));

interface Entry {
  kind: string;
  data: Record<string, unknown>;
  previous: string | null;
}

function ledger(): Entry[] {
  const names = filesBelow(outcome.out)
    .filter((path) => /incidents\/INC-1\/ledger\/\d+\.json$/.test(path))
    .sort();
  return names.map((name) => readJson<Entry>(outcome.out, name));
}

describe("a review, from the first closing to the merged record", () => {
  test("goes through, with every turn in the ledger", () => {
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output.slice(-3000) }).toEqual({
      code: 0,
      output: "",
    });
    const kinds = ledger().map(({ kind }) => kind);
    const turns = [
      "review-opened",
      "evidence-verified",
      "review-incomplete",
      "improvement-opened",
      "record-proposed",
      "reviewed",
      "improvement-closed",
    ];
    for (const kind of turns)
      expect({ kind, times: kinds.filter((one) => one === kind).length >= 1 }).toEqual({ kind, times: true });
    for (const kind of [
      "review-incomplete",
      "improvement-opened",
      "record-proposed",
      "reviewed",
      "improvement-closed",
    ])
      expect({ kind, times: kinds.filter((one) => one === kind).length }).toEqual({ kind, times: 1 });
  });

  test("what the ledger knows is in the review's first comment, what was missing in one more", () => {
    const [review] = labelled("incident-review");
    const [first, ...others] = review?.comments ?? [];
    for (const heading of [
      "How long it took",
      "Evidence",
      "Plan and approvals",
      "What it cost in service",
      "Timeline",
    ])
      expect(first?.body).toContain(`## ${heading}`);
    expect(first?.body).toContain("**verified: everything is there, and is what was sealed**");
    expect(first?.body).toMatch(/stood at 0 of 2 tasks/);
    expect(others).toHaveLength(1);
    expect(review?.state).toBe("closed");
  });

  test("the improvement is an issue of its own below the review, assigned, and its line has the link", () => {
    const [review] = labelled("incident-review");
    const [improvement, ...others] = labelled("incident-improvement");
    expect(others).toEqual([]);
    expect(improvement).toMatchObject({
      assignees: ["oncall-engineer"],
      parent: review?.number,
      state: "closed",
    });
    expect(review?.body).toContain(`due: 2027-01-15) → #${improvement?.number}`);
  });

  test("record and evidence vouch for each other", () => {
    const chain = ledger();
    const proposed = chain.find(({ kind }) => kind === "record-proposed")?.data;
    const record = filesBelow(outcome.out).find((path) => path.endsWith(String(proposed?.record)));
    if (record === undefined)
      throw new Error(
        `the drill kept no ${proposed?.record}: ${filesBelow(outcome.out).filter((path) => path.endsWith(".md"))}`,
      );
    expect(sha256File(outcome.out, record)).toBe(proposed?.sha256);
    const data = parseRecord(readFileSync(join(outcome.out, record), "utf8"));
    expect(chain[data?.ledger.entries ?? 0]?.previous).toBe(data?.ledger.head);
    const sealed = chain
      .filter(({ kind }) => kind === "capture-sealed")
      .map((entry) => entry.data.manifestSha256);
    expect(data?.captures.map(({ manifestSha256 }) => manifestSha256)).toEqual(sealed);
    const page = readFileSync(join(outcome.out, record.replace(/[^/]+$/, "README.md")), "utf8");
    expect(page.split("\n").filter((line) => line.includes("[INC-1]("))).toHaveLength(1);
    expect(page).toContain("A batch client \\| retried without a pause and took every connection.");
    expect(page).toContain("xychart-beta");
  });
});
