import { expect, test } from "@jest/globals";
import { improvementLines, withLinks } from "../../src/review/improvement-lines.ts";
import { runbook, story, written } from "./world.ts";

const { entries } = story();
const { columns } = runbook.review;
const bodyOf = (improvements: string) =>
  written(entries, ["A client looped", "We scaled down", improvements]);
const linesOf = (improvements: string) => improvementLines(bodyOf(improvements), columns);

test("a line gives what is to be done, who and until when", () => {
  expect(
    linesOf("Some prose.\n\n- [ ] Limit *connections* (of each client) (owner: @olga-o, due: 2026-12-24)"),
  ).toMatchObject([
    {
      text: "Limit *connections* (of each client)",
      owner: "olga-o",
      due: "2026-12-24",
      issue: null,
      done: false,
      problems: [],
    },
  ]);
  expect(linesOf("* [x] Done already")).toMatchObject([{ done: true }]);
  expect(linesOf("- [ ] Other order (DUE = 2026-12-24; Owner: olga)")).toMatchObject([
    { owner: "olga", due: "2026-12-24" },
  ]);
});

test.each([
  "1. [ ] Limit connections (owner: @olga, due: 2026-12-24)",
  "2) [ ] Limit connections (owner: @olga, due: 2026-12-24)",
  "> - [ ] Limit connections (owner: @olga, due: 2026-12-24)",
  "  > > * [ ] Limit connections (owner: @olga, due: 2026-12-24)",
  "- [ ] Limit connections (owner: @olga, due: 2026-12-24).",
  "- [ ] **Limit connections (owner: @olga, due: 2026-12-24)**",
])("%s is one", (line) => {
  const [found, ...more] = linesOf(line);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ owner: "olga", due: "2026-12-24", issue: null, done: false, problems: [] });
  expect(found?.id).toBe(linesOf("- [ ] Limit connections (owner: @olga, due: 2026-12-24)")[0]?.id);
  expect(linesOf(`${line} → #57.`)[0]).toMatchObject({ id: found?.id, issue: 57 });
});

test.each([
  "- [] Limit connections (owner: @olga, due: 2026-12-24)",
  "- Limit connections (owner: @olga, due: 2026-12-24).",
  "Limit connections (due: 2026-12-24)",
  "- [ ]Limit connections (owner: @olga)",
])("%s is said to be no task", (line) => {
  expect(linesOf(line)[0]?.problems.join()).toContain("it is no task");
});

test("prose in brackets is none", () => {
  expect(linesOf("We asked the owner (Olga), and she agreed (see #12).")).toEqual([]);
});

test.each([
  ["(owner: @olga)", "no date"],
  ["(due: 2026-12-24)", "no owner"],
  ["(owner: @olga, due: 2026-02-30)", "date is not"],
  ["(owner: @olga, due: soon)", "date is not"],
  ["(owner: the team, due: 2026-12-24)", "owner is not"],
  ["(owner: @a/b, due: 2026-12-24)", "owner is not"],
])("%s is said to have %s", (trailer, problem) => {
  expect(linesOf(`- [ ] Something to do ${trailer}`)[0]?.problems.join()).toContain(problem);
});

test("what stands elsewhere, or in a block of code, is none", () => {
  expect(linesOf("```\n- [ ] In code (owner: @olga, due: 2026-12-24)\n```\nWords here.")).toEqual([]);
  const body = written(entries, ["A cause", "- [ ] An action (owner: @olga, due: 2026-12-24)", "Words here"]);
  expect(improvementLines(body, columns)).toEqual([]);
});

test("it is the same one whoever mends owner, date, spacing or marks", () => {
  const [a] = linesOf("- [ ] Limit the connections (owner: @olga, due: 2026-12-24)");
  const [b] = linesOf("-  [ ] limit  the **connections**. (owner: @jonas, due: 2027-01-01) → #57");
  expect(a?.id).toBe(b?.id);
  expect(b?.issue).toBe(57);
});

test("a link is put behind its line, once, and nothing else is touched", () => {
  const body = bodyOf(
    "- [ ] One thing (owner: @olga, due: 2026-12-24)\n- [ ] Another thing (owner: @olga, due: 2026-12-24)\n```\n- [ ] One thing\n```",
  );
  const links = new Map(
    improvementLines(body, columns)
      .slice(0, 1)
      .map(({ id }) => [id, 57]),
  );
  const linked = withLinks(body, columns, links);
  expect(linked).toBe(body.replace("2026-12-24)\n", "2026-12-24) → #57\n"));
  expect(withLinks(linked, columns, links)).toBe(linked);
  expect(withLinks(body, columns, new Map())).toBe(body);
});
