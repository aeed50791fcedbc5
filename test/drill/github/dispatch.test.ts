import { describe, expect, test } from "@jest/globals";
import { DispatchRefused, type DispatchRequest } from "../../../drill/github/types.ts";
import { dispatchedRun, REPOSITORY, refusal, withGitHub } from "./setup.ts";

describe("workflow dispatch", () => {
  test("hands workflow, inputs and actor to the hook and can tell the run", () =>
    withGitHub(async ({ as, github }) => {
      const seen: DispatchRequest[] = [];
      github.hooks.onDispatch = async (request) => {
        seen.push(request);
        return github.host.createRun(dispatchedRun(request.actor));
      };
      const { createWorkflowDispatch } = as("engineer").rest.actions;
      const target = { ...REPOSITORY, workflow_id: "incident.yml", ref: "main" };
      const inputs = { severity: "High" };
      expect((await createWorkflowDispatch({ ...target, inputs })).status).toBe(204);
      const told = await createWorkflowDispatch({ ...target, inputs, return_run_details: true });
      expect(told.data).toMatchObject({ workflow_run_id: github.state.runs()[1]?.id });
      expect(seen[0]).toEqual({ workflow: "incident.yml", ref: "main", inputs, actor: "engineer" });
    }));

  test("an unknown ref, an unknown workflow, bad inputs and too weak a role are refused", () =>
    withGitHub(async ({ as, github, job }) => {
      github.hooks.onDispatch = async ({ workflow, inputs }) => {
        if (workflow !== "incident.yml") return null;
        if ("x" in inputs) throw new DispatchRefused('Unexpected inputs provided: ["x"]');
        return github.host.createRun(dispatchedRun("engineer"));
      };
      const send = (login: string, more: object) => {
        const { createWorkflowDispatch } = as(login).rest.actions;
        return refusal(
          createWorkflowDispatch({ ...REPOSITORY, workflow_id: "incident.yml", ref: "main", ...more }),
        );
      };
      expect(await send("engineer", { ref: "gone" })).toMatchObject({
        status: 422,
        message: expect.stringContaining("No ref found for: gone"),
      });
      expect((await send("engineer", { workflow_id: "none.yml" })).status).toBe(404);
      expect(await send("engineer", { inputs: { x: "1" } })).toMatchObject({
        status: 422,
        message: expect.stringContaining("Unexpected inputs provided"),
      });
      const many = Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, "v"]));
      expect((await send("engineer", { inputs: many })).status).toBe(422);
      expect((await send("reader", {})).status).toBe(403);
      const { octokit } = job({ actions: "read" });
      const byJob = octokit.rest.actions.createWorkflowDispatch({
        ...REPOSITORY,
        workflow_id: "incident.yml",
        ref: "main",
      });
      expect((await refusal(byJob)).status).toBe(403);
    }));
});
