import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

describe("labels", () => {
  test("names are unique without regard to case and at most 50 characters", () =>
    withGitHub(async ({ as }) => {
      const { createLabel, getLabel } = as("engineer").rest.issues;
      const made = await createLabel({ ...REPOSITORY, name: "severity: High", color: "D93F0B" });
      expect(made.data).toMatchObject({ name: "severity: High", color: "d93f0b", description: null });
      expect((await getLabel({ ...REPOSITORY, name: "SEVERITY: high" })).data).toEqual(made.data);
      expect(await refusal(createLabel({ ...REPOSITORY, name: "severity: HIGH" }))).toMatchObject({
        status: 422,
        message: expect.stringContaining("already_exists"),
      });
      expect((await createLabel({ ...REPOSITORY, name: "😀".repeat(50) })).status).toBe(201);
      expect((await refusal(createLabel({ ...REPOSITORY, name: "x".repeat(51) }))).status).toBe(422);
      expect((await refusal(createLabel({ ...REPOSITORY, name: "x", color: "red" }))).status).toBe(422);
      expect(
        (await refusal(createLabel({ ...REPOSITORY, name: "x", description: "d".repeat(101) }))).status,
      ).toBe(422);
      expect((await refusal(getLabel({ ...REPOSITORY, name: "none" }))).status).toBe(404);
    }));

  test("are added, replaced, cleared and removed on an issue", () =>
    withGitHub(async ({ as }) => {
      const { issues } = as("engineer").rest;
      const { data: issue } = await issues.create({ ...REPOSITORY, title: "t", labels: ["Incident"] });
      const target = { ...REPOSITORY, issue_number: issue.number };
      const names = (reply: { data: { name: string }[] }) => reply.data.map((label) => label.name);
      expect(names(await issues.addLabels({ ...target, labels: ["contained", "incident"] }))).toEqual([
        "Incident",
        "contained",
      ]);
      expect(names(await issues.removeLabel({ ...target, name: "CONTAINED" }))).toEqual(["Incident"]);
      const missing = await refusal(issues.removeLabel({ ...target, name: "contained" }));
      expect(missing).toMatchObject({
        status: 404,
        message: expect.stringContaining("Label does not exist"),
      });
      expect(names(await issues.setLabels({ ...target, labels: ["a", "b"] }))).toEqual(["a", "b"]);
      expect(names(await issues.listLabelsOnIssue(target))).toEqual(["a", "b"]);
      expect(names(await issues.setLabels({ ...target, labels: [] }))).toEqual([]);
      expect(names(await issues.listLabelsForRepo(REPOSITORY))).toEqual(["a", "b", "contained", "Incident"]);
    }));
});
