import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { renderIndex } from "../../src/review/index-page.ts";
import { parseRecord, type RecordData } from "../../src/review/record-data.ts";
import { dataOf, runbook, story, written } from "./world.ts";

const { entries } = story();
const one = dataOf(written(entries), entries);

function record(number: number, changes: Partial<RecordData> = {}): RecordData {
  const declaredAt = new Date(Date.UTC(2026, 0, number)).toISOString();
  return { ...one, incident: `INC-${number}`, declaredAt, ...changes };
}

const files = (records: readonly RecordData[]) =>
  records.map((data) => ({ name: `${data.incident}.md`, record: data }));
const improvement = (issue: number, due: string | null) => ({
  issue,
  url: `https://github.example/acme/platform/issues/${issue}`,
  text: `Thing ${issue}`,
  owner: "olga",
  due,
});

describe("the page", () => {
  test("is the same in whatever order the records are listed, and has a row for each", () => {
    const records = [record(3), record(1, { severity: "critical" }), record(2)];
    const page = renderIndex(files(records), new Map(), runbook);
    expect(renderIndex(files([...records].reverse()), new Map(), runbook)).toBe(page);
    expect(page.match(/^\| 2026-.*\[INC-\d\]/gm)).toHaveLength(3);
    expect(page.indexOf("[INC-3]")).toBeLessThan(page.indexOf("[INC-1]"));
  });

  test("differs in one line whatever is added, so that two proposals never merge unnoticed", () => {
    const mark = (records: readonly RecordData[]) =>
      /<!-- firebreak:index .*/.exec(renderIndex(files(records), new Map(), runbook))?.[0];
    const marks = [[record(1)], [record(1), record(2)], [record(1), record(3)]].map(mark);
    expect(new Set(marks).size).toBe(3);
  });

  test("joins the lines of a paragraph, and sets off everything else", () => {
    const rootCause =
      "One client retried\nwithout a pause.\n\n### More\nIt had\n- no limit\n  of its own\n- no owner";
    const page = renderIndex(
      files([record(1, { fields: { ...one.fields, rootCause } })]),
      new Map(),
      runbook,
    );
    expect(page).toContain(
      "| One client retried without a pause.; More; It had; no limit of its own; no owner |",
    );
  });

  test("names files that hold no record", () => {
    const page = renderIndex(
      [...files([record(1)]), { name: "2019 [old].md", record: undefined }],
      new Map(),
      runbook,
    );
    expect(page).toContain("[2019 \\[old\\].md](2019%20%5Bold%5D.md)");
  });

  test("draws severities, types, times and improvements, and says each in words", () => {
    const late = { contain: { minutes: 300, target: 60 } };
    const records = [
      record(1, { severity: "critical", type: "data-exfiltration", times: { ...one.times, ...late } }),
      record(2, {
        improvements: [
          improvement(57, "2026-11-20"),
          improvement(58, "2027-01-01"),
          improvement(59, "2026-11-01"),
        ],
      }),
      record(3),
    ];
    const page = renderIndex(files(records), new Map([[59, "2026-11-10"]]), runbook);
    expect(page).toContain("Critical: 1, High: 2.");
    expect(page).toContain('    "High" : 2');
    expect(page).toContain('    "Suspected data exfiltration via MCP tool" : 1');
    expect(page).toContain(
      '    x-axis ["INC-1", "INC-2", "INC-3"]\n    y-axis "hours" 0 --> 6\n    bar [5, 2.5, 2.5]\n    line [1, 2, 2]',
    );
    expect(page).toContain("0 of 3 in time; the median took 2 h 30 min");
    expect(page).toContain("closed: 1, open: 1, overdue: 1.");
    expect(page).toMatch(/\| 2026-11-20 \| \[#57\]\(.*\) \| INC-2 \| olga \| Thing 57 \|/);
  });

  test("counts what was never contained as not in time, names it, and says how much it draws", () => {
    const never = { ...one.times, contain: { minutes: null, target: 120 } };
    const spared = { ...one.times, contain: { minutes: null, target: null } };
    const quick = { ...one.times, contain: { minutes: 60, target: 120 } };
    const records = [record(1, { times: quick }), record(2, { times: never }), record(3, { times: spared })];
    const contain = (all: readonly RecordData[]) =>
      /### Time to contain\n\n(.*)/.exec(renderIndex(files(all), new Map(), runbook))?.[1];
    expect(contain(records)).toMatch(/1 of 2 in time; .*Not done when the record was made: INC-2\.$/);
    expect(contain(records.slice(1))).toBe("No record has it. Not done when the record was made: INC-2.");
    const many = Array.from({ length: 21 }, (_, index) => record(index + 1, { times: quick }));
    expect(contain(many)).toMatch(/21 of 21 in time; .*Drawn are the newest 20\.$/);
  });

  test("says in words what the runbook allows where there is one bar alone, and no line is drawn", () => {
    expect(renderIndex(files([record(1)]), new Map(), runbook)).toMatch(
      /### Time to contain\n\nBar: what it took; the runbook allows [\d hdmin]+\. /,
    );
  });

  test("with names that Mermaid would read draws them as words", () => {
    const types = {
      ...runbook.incident_types,
      odd: { name: 'A "b" ; %%{init}%% #c', automatic: [], manual: [] },
    };
    const page = renderIndex(files([record(1, { type: "odd" })]), new Map(), {
      ...runbook,
      incident_types: types,
    });
    expect(page).toContain('    "A b %% init %% c" : 1');
  });

  test("of this repository is made of the records beside it", () => {
    const folder = join(import.meta.dirname, "../..", runbook.review.folder);
    const found = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md");
    const records = found.map((name) => ({
      name,
      record: parseRecord(readFileSync(join(folder, name), "utf8")),
    }));
    // Which improvements are closed only GitHub knows; without records there are none.
    const page = readFileSync(join(folder, "README.md"), "utf8");
    if (records.length === 0) expect(page).toBe(renderIndex([], new Map(), runbook));
    else for (const { name } of records) expect(page).toContain(`](${name})`);
  });
});
