import { expect, test } from "@jest/globals";
import { checkReviewer, ReviewRefused } from "../../../drill/scenario/approvals.ts";
import { checkScenario, loadScenario } from "../../../drill/scenario/load.ts";
import type { Scenario } from "../../../drill/scenario/schema.ts";

function scenario(more: string): Scenario {
  const { scenario: checked, errors } = checkScenario(
    `name: small\ndescription: For these tests.\ndispatch: { inputs: { mcp: servicenow } }\n${more}`,
  );
  if (!checked) throw new Error(JSON.stringify(errors));
  return checked;
}

const environments = (...list: string[]) => `repository:\n  environments: [${list.join(", ")}]\n`;

test("a login that no environment takes a review from is refused, with the names of those it does", () => {
  const check = () => checkReviewer(scenario(""), "octocat");
  expect(check).toThrow(ReviewRefused);
  expect(check).toThrow(
    "octocat may not review in the scenario 'small'. Reviewers are, for the containment environment: oncall-reviewer.",
  );
});

test("a reviewer of one of several environments may, in any case of letters", () => {
  const two = scenario(
    environments(
      "{ name: one, required_reviewers: [oncall-reviewer] }",
      "{ name: two, required_reviewers: [oncall-engineer] }",
    ),
  );
  checkReviewer(two, "oncall-engineer");
  checkReviewer(two, "ONCALL-Reviewer");
  expect(() => checkReviewer(two, "octocat")).toThrow("for one: oncall-reviewer; for two: oncall-engineer");
});

test("who dispatches may not where the environment prevents self-review", () => {
  const prevents = (prevent: boolean) =>
    scenario(
      environments(
        `{ required_reviewers: [oncall-engineer, oncall-reviewer], prevent_self_review: ${prevent} }`,
      ),
    );
  checkReviewer(prevents(false), "oncall-engineer");
  expect(() => checkReviewer(prevents(true), "oncall-engineer")).toThrow(
    "Reviewers are, for the containment environment: oncall-reviewer.",
  );
});

test("nobody is refused where nobody is asked, or where the scenario rehearses the answer", async () => {
  checkReviewer(scenario(environments()), "octocat");
  checkReviewer(scenario(environments("{ required_reviewers: [] }")), "octocat");
  checkReviewer((await loadScenario("self-approval")).scenario, "octocat");
});
