import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { checkRunbook } from "../../src/runbook/check.ts";
import { automaticOf, isAboutUser, manualOf } from "../../src/runbook/play.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { userPrincipal } from "../../src/runbook/user-principal.ts";
import { blockingRunbook } from "../support/block-world.ts";
import { ownRunbook } from "../support/incident.ts";

const ids = (type: string, runbook: Runbook, mcp = "servicenow") =>
  manualOf(type, mcp, runbook).map(({ id }) => id);

describe("where users are left to people", () => {
  const runbook = ownRunbook();

  test.each(["user-account-compromised", "data-exfiltration"])("%s has nothing automatic", (type) => {
    expect(automaticOf(type, runbook)).toEqual([]);
    expect(isAboutUser(type, runbook)).toBe(true);
  });

  test("the manual step has the runbook's words, whom to ask, what is missing of them, and the category", () => {
    expect(manualOf("user-account-compromised", "servicenow", runbook)).toEqual([
      {
        id: "disable-account",
        text: "Coordinate with NN IT to disable the user's Azure AD account. This immediately invalidates all their active tokens; cached OBO tokens expire naturally within about 1 hour",
        contact: "identity-team",
        reach:
          "Azure AD / NN IT (Identity team): not in the runbook yet: ServiceNow ticket for emergency token revocation",
        servicenowCategory: "Emergency token revocation",
        before: false,
        deadlineMinutes: 30,
        doneWhen: null,
        verdict: false,
        standsIn: true,
      },
    ]);
  });
});

describe("where the tenant lets approved jobs block users", () => {
  const runbook = blockingRunbook();

  test("block-user takes the place of the manual step", () => {
    expect(automaticOf("user-account-compromised", runbook).map(({ action }) => action)).toEqual([
      "block-user",
    ]);
    expect(ids("user-account-compromised", runbook)).toEqual([]);
    expect(ids("data-exfiltration", runbook)).not.toContain("block-account");
  });

  test("the manual step is there where block-user could not be planned", () => {
    const steps = manualOf("user-account-compromised", "servicenow", runbook, []);
    expect(steps.map(({ id, standsIn }) => [id, standsIn])).toEqual([["disable-account", true]]);
  });

  test("an mcp without data sources keeps one step for all of them, with a verdict", () => {
    const { servicenow: _none, ...others } = runbook.data_sources ?? {};
    const steps = manualOf("data-exfiltration", "servicenow", { ...runbook, data_sources: others });
    expect(steps.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["review-tool-calls", false],
      ["check-downstream", true],
    ]);
  });
});

describe("a runbook is refused", () => {
  const problems = (changes: object) =>
    checkRunbook(stringify({ ...blockingRunbook(), ...changes })).errors.map(({ path }) => path);
  const { entra } = blockingRunbook();

  test("never as it stands", () => {
    expect(problems({})).toEqual([]);
  });

  test("whose accounts any job could change", () => {
    const { containment_client_id: _none, ...without } = entra ?? {};
    expect(problems({ entra: without })).toEqual(["entra.users"]);
    expect(problems({ entra: { ...entra, containment_client_id: entra?.client_id } })).toEqual([
      "entra.containment_client_id",
    ]);
  });

  test("whose data sources are nobody's, of no mcp, or twice the same", () => {
    const source = { id: "tickets", name: "Tickets", owner: "nobody", tools: ["get_record"] };
    const own = { ...source, owner: "it-infrastructure-owner" };
    expect(problems({ data_sources: { servicenow: [source] } })).toEqual([
      "data_sources.servicenow[0].owner",
    ]);
    expect(problems({ data_sources: { mail: [own] } })).toEqual(["data_sources.mail"]);
    expect(problems({ data_sources: { servicenow: [own, own] } })).toEqual(["data_sources.servicenow[1].id"]);
  });

  test("whose protected users are no users", () => {
    const { containment } = blockingRunbook();
    expect(problems({ containment: { ...containment, protected_users: ["break glass"] } })).toEqual([
      "containment.protected_users[0]",
    ]);
  });
});

test.each([
  ["AAAAAAAA-1111-4222-8333-BBBBBBBBBBBB", { by: "id", value: "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb" }],
  ["anna.o'friis@example.com", { by: "name", value: "anna.o'friis@example.com" }],
  [
    "x_gmail.com#EXT#@example.onmicrosoft.com",
    { by: "name", value: "x_gmail.com#EXT#@example.onmicrosoft.com" },
  ],
  ["$x@example.com", undefined],
  ["a b@example.com", undefined],
  ["anna@example.com/memberOf", undefined],
  ["anna@example.com?$select=id", undefined],
  ["arn:aws:iam::111122223333:user/anna", undefined],
  [`${"a".repeat(65)}@example.com`, undefined],
  ["", undefined],
])("the principal %s", (principal, expected) => {
  expect(userPrincipal(principal)).toEqual(expected);
});
