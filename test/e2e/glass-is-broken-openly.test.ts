import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { changingCalls, drill, readJson } from "../support/drill.ts";

interface Issue {
  body: string;
  labels: string[];
  comments: { body: string }[];
}

const clean = ({ code, output }: { code: number; output: string }) => ({
  code,
  output: code === 0 ? "" : output,
});

test("a Critical incident whose evidence cannot be had is contained by others, and everything skipped is named", async () => {
  const outcome = await drill("glass-broken");
  expect(clean(outcome)).toEqual({ code: 0, output: "" });
  const changes = changingCalls(outcome.calls, "containment");
  expect(changes.map(({ operation }) => operation)).toContain("UpdateService");
  const log = readFileSync(join(outcome.out, "logs/contain.log"), "utf8");
  expect(log).toContain("[capture-does-not-cover-new-task]");

  const [incident] = readJson<Issue[]>(outcome.out, "github/issues.json");
  expect(incident?.labels).toEqual(expect.arrayContaining(["break-glass", "status:contained"]));
  const top = incident?.body.slice(0, incident.body.indexOf("## Facts"));
  for (const text of ["GLASS BROKEN", "security-lead", "crash-loops", "runs now and is not covered"]) {
    expect(top).toContain(text);
  }
  expect(incident?.comments.some(({ body }) => body.includes("**Glass broken**"))).toBe(true);
}, 180_000);

test.each([
  ["glass-below-critical", "The glass is broken for severity Critical alone"],
  ["glass-without-reviewers", "The GitHub environment 'break-glass-dev' did not exist"],
])(
  "%s: nothing changes, and no glass is broken",
  async (scenario, message) => {
    const outcome = await drill(scenario);
    expect(clean(outcome)).toEqual({ code: 0, output: "" });
    expect(changingCalls(outcome.calls, "containment")).toEqual([]);
    const [incident] = readJson<Issue[]>(outcome.out, "github/issues.json");
    expect(incident?.labels).not.toContain("break-glass");
    expect(incident?.body).not.toContain("GLASS BROKEN");
    expect(JSON.stringify(readJson(outcome.out, "report.json"))).toContain(message);
  },
  180_000,
);

test("what only people can do is confirmed by a person, and contains the incident", async () => {
  const outcome = await drill("user-account-confirmed");
  expect(clean(outcome)).toEqual({ code: 0, output: "" });
  const [incident] = readJson<Issue[]>(outcome.out, "github/issues.json");
  expect(incident?.labels).toContain("status:contained");
  expect(incident?.body).toContain("- [x] ` disable-account ` by ` Ida Holm, identity team `");
}, 180_000);
