import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { changingCalls, drill, readJson } from "../support/drill.ts";

/** Each way to refuse: the word by which machines know it, and what the responder is told. */
const refusals: [scenario: string, reason: string, message: RegExp, remedy: RegExp][] = [
  [
    "unprotected-environment",
    "unprotected-environment",
    /'containment-dev' has no required reviewers/,
    /give 'containment-dev' required reviewers/,
  ],
  [
    "missing-environment",
    "missing-environment",
    /'containment-dev' did not exist/,
    /give 'containment-dev' required reviewers/,
  ],
  [
    "self-approval",
    "self-approval",
    /only approval for 'containment-dev' is by/,
    /have somebody else among the required reviewers approve/,
  ],
  [
    "capture-does-not-cover-new-task",
    "capture-does-not-cover-new-task",
    /runs now and is not covered by capture/,
    /gh workflow run preserve\.yml/,
  ],
  [
    "parameter-changed-since-documented",
    "parameter-changed-since-documented",
    /documents version/,
    /gh workflow run preserve\.yml/,
  ],
  [
    "plan-drifted",
    "plan-drifted",
    /suspend-scaling: from\.maxCapacity was 6, is 12/,
    /gh workflow run contain\.yml/,
  ],
];

interface Issue {
  body: string;
  labels: string[];
  comments: { body: string }[];
}

describe.each(refusals)("%s", (scenario, reason, message, remedy) => {
  test("fails the job with reason and remedy, and changes nothing", async () => {
    const outcome = await drill(scenario);
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
    expect(outcome.calls.length).toBeGreaterThan(50);
    expect(changingCalls(outcome.calls, "containment")).toEqual([]);

    const log = readFileSync(join(outcome.out, "logs/contain.log"), "utf8");
    expect(log).toContain(`[${reason}]`);
    expect(log).toMatch(message);
    expect(log).toMatch(remedy);

    const [incident] = readJson<Issue[]>(outcome.out, "github/issues.json");
    expect(incident?.labels).toContain("status:open");
    expect(incident?.body).toContain("**Stopped:**");
    expect(incident?.comments.some(({ body }) => body.includes(`**${reason}**`))).toBe(true);
  }, 180_000);
});

test("a rejected deployment never starts the job", async () => {
  const outcome = await drill("rejected");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  expect(
    outcome.calls.filter(({ job, principal }) => job === "contain" || principal.includes("containment")),
  ).toEqual([]);
  expect(readFileSync(join(outcome.out, "logs/outcome.log"), "utf8")).toMatch(
    /\[rejected\] .* was rejected by oncall-reviewer.*gh workflow run contain\.yml/s,
  );
  const [incident] = readJson<Issue[]>(outcome.out, "github/issues.json");
  expect(incident?.body).toContain("was rejected by oncall-reviewer");
  const jobs = readJson<{ jobs: { key: string; conclusion: string }[] }>(outcome.out, "report.json").jobs;
  expect(jobs.find(({ key }) => key === "review")?.conclusion).toBe("success");
}, 180_000);
