import { expect, test } from "@jest/globals";
import { LABELS } from "./labels.ts";
import { lines, withRepository } from "./set-up.ts";

const CHECK = ["--check", "--environment", "dev"];

test("one reviewer, self-review, bypass and further branches are weak; every branch is missing", () =>
  withRepository(
    {
      labels: LABELS,
      environments: [
        {
          name: "containment-dev",
          requiredReviewers: ["alice"],
          branchPolicy: "custom",
          branches: ["main", "release/*"],
        },
        { name: "break-glass-dev", requiredTeams: ["security"], branchPolicy: "custom", branches: ["*"] },
      ],
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      const weak = lines(stdout, "weak").join("\n");
      expect(weak).toContain(
        "containment-dev, required reviewers: only alice, who cannot approve what they dispatched",
      );
      expect(weak).toContain("containment-dev, self-review: not prevented");
      expect(weak).toContain("containment-dev, administrators: may bypass the reviewers");
      expect(weak).toContain("containment-dev, branches: branch release/* may deploy, too");
      expect(lines(stdout, "MISSING")[0]).toContain("break-glass-dev, branches: every branch may deploy");
    },
  ));

test("an environment that GitHub made by itself lets everything through", () =>
  withRepository(
    {
      labels: LABELS,
      environments: [
        { name: "containment-dev" },
        {
          name: "break-glass-dev",
          requiredTeams: ["security"],
          branchPolicy: "custom",
          branches: ["release"],
        },
      ],
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      const missing = lines(stdout, "MISSING").join("\n");
      expect(missing).toContain("containment-dev, required reviewers: there are none: jobs just run");
      expect(missing).toContain("containment-dev, branches: every branch may deploy");
      expect(missing).toContain("break-glass-dev, branches: main may not deploy");
    },
  ));

test("glass that the ordinary reviewers break is weak; with one other person among them it is fine", () =>
  withRepository(
    {
      labels: LABELS,
      environments: [
        { name: "containment-dev", requiredReviewers: ["alice"], requiredTeams: ["on-call"] },
        { name: "break-glass-dev", requiredReviewers: ["alice"] },
        { name: "containment-prod", requiredReviewers: ["alice"] },
        { name: "break-glass-prod", requiredReviewers: ["alice", "boss"] },
      ],
    },
    async ({ run }) => {
      const { stdout } = await run("boss", "--check");
      const told = (verdict: "weak" | "fine") =>
        lines(stdout, verdict).filter((line) => line.includes("whose reviewers"));
      expect(told("weak")).toEqual([
        expect.stringContaining("break-glass-dev, whose reviewers: the same as of containment-dev"),
      ]);
      expect(told("fine")).toEqual([
        expect.stringContaining(
          "break-glass-prod, whose reviewers: boss, who do not review containment-prod",
        ),
      ]);
    },
  ));
