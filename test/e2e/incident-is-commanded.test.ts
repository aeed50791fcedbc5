import { beforeAll, describe, expect, test } from "@jest/globals";
import { changingCalls, type DrillOutcome, drill, filesBelow, readJson } from "../support/drill.ts";

interface Entry {
  kind: string;
  by: { login: string };
  data: Record<string, unknown>;
}
interface Issue {
  state: string;
  labels: string[];
  body: string;
  comments: { author: string; body: string }[];
}

let outcome: DrillOutcome;
beforeAll(async () => {
  outcome = await drill("people-command", "--approve", "oncall-reviewer");
}, 600_000);

const issue = () => readJson<Issue[]>(outcome.out, "github/issues.json")[0] as Issue;
function ledger(): Entry[] {
  const folder = `${outcome.out}/evidence/incidents/INC-1/ledger`;
  return filesBelow(folder)
    .sort()
    .map((name) => readJson<Entry>(folder, name));
}
const of = (kind: string) => ledger().filter((entry) => entry.kind === kind);

describe("an incident that is commanded from its issue, by the real workflows", () => {
  test("goes as the scenario expects", () => {
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
  });

  test("is taken by a comment, in its author's name", () => {
    expect(of("acknowledged")).toMatchObject([
      { by: { login: "oncall-engineer" }, data: { note: "on my way" } },
    ]);
  });

  test("is commanded by nobody without write access, who is told so once", () => {
    const answers = issue().comments.filter(({ body }) => body.includes("This was not obeyed"));
    expect(answers).toHaveLength(1);
    expect(of("severity-changed").map(({ data }) => [data.from, data.to])).toEqual([
      ["low", "critical"],
      ["critical", "high"],
    ]);
  });

  test("raised by a comment: people are told who were not before, and the review is opened", () => {
    const told = of("notice-sent").map(({ data }) => [data.notice, data.recipient]);
    expect(told).toContainEqual(["severity-raised/critical", "global-security-operations"]);
    expect(of("review-opened")).toHaveLength(1);
  });

  test("is lowered from Critical with the approval of somebody else, which the ledger keeps", () => {
    const lowered = of("severity-changed").at(-1);
    expect(lowered?.data).toMatchObject({
      by: { login: "oncall-engineer" },
      approvals: [{ login: "oncall-reviewer", environment: "containment-dev" }],
    });
    expect(issue().labels).toContain("severity:high");
  });

  test("gets its clock once personal data is found", () => {
    expect(of("personal-data-found")).toHaveLength(1);
    expect(issue().body).toContain("**Personal data is involved**");
  });

  test("closed too early is open again, with what is missing", () => {
    expect(issue().state).toBe("open");
    expect(of("issue-reopened")).toMatchObject([{ data: { closedBy: "oncall-engineer" } }]);
    const comments = issue().comments.filter(({ body }) => body.includes("so it is open again"));
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain("- ` investigate `");
  });

  test("says in the thread where it stands", () => {
    const status = issue().comments.at(-1)?.body ?? "";
    expect(status).toMatch(/\*\*CONTAINED\*\* since .* UTC · High · /);
  });

  test("asks a role in AWS for nothing but what concerns its ledger, and changes nothing", () => {
    const ours = outcome.calls.filter(({ job }) => job === "obey" || job === "reopen" || job === "set");
    expect(ours.length).toBeGreaterThan(0);
    expect(changingCalls(ours, "containment")).toEqual([]);
    const looks = outcome.calls.filter(({ job, service }) => job === "look" && service !== "github");
    // set-severity's look reads the ledger; a comment's look takes on no role.
    expect(new Set(looks.map(({ operation }) => operation))).toEqual(
      new Set(["AssumeRoleWithWebIdentity", "ListObjectVersions", "GetObject"]),
    );
  });
});
