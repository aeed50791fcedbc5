import { expect, test } from "@jest/globals";
import { drill, filesBelow, readJson } from "../support/drill.ts";

interface Issue {
  title: string;
  labels: (string | { name: string })[];
  comments: { body: string }[];
}

test("a changed bucket policy is found, named by who did it, and makes the incident Critical", async () => {
  const outcome = await drill("audit-log-tampering", "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  const [issue] = readJson<Issue[]>(outcome.out, "github/issues.json");
  const labels = issue?.labels.map((label) => (typeof label === "string" ? label : label.name)) ?? [];
  expect(issue?.title).toMatch(/^\[Critical\]/);
  expect(labels.filter((label) => label.startsWith("severity:"))).toEqual(["severity:critical"]);
  const comments = issue?.comments.map(({ body }) => body).join("\n") ?? "";
  expect(comments).toContain("**Severity raised from High to Critical:**");
  expect(comments).toMatch(/PutBucketPolicy .*svc-reporting/);

  const folder = `${outcome.out}/evidence/incidents/INC-1/ledger`;
  const kinds = filesBelow(folder)
    .sort()
    .map((file) => readJson<{ kind: string }>(folder, file).kind);
  expect(kinds).toEqual(
    expect.arrayContaining([
      "capture-attested",
      "audit-trail-verified",
      "severity-changed",
      "escalation-due",
    ]),
  );

  const raised = readJson<{ channel: string; text: string }[]>(outcome.out, "messages.json").filter(
    ({ text }) => text.includes("The severity was raised from High to Critical"),
  );
  expect(raised.map(({ channel }) => channel)).toEqual(["sns", "ses"]);
}, 240_000);
