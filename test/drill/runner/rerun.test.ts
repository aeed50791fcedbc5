import { expect, test } from "@jest/globals";
import { rerunWorkflow } from "../../../drill/runner/index.ts";
import { collect, runIn, WORKFLOW, withRepository } from "./run-fixture.ts";

const YAML = `on: workflow_dispatch
jobs:
  once:
    runs-on: ubuntu-latest
    outputs: {at: "\${{ steps.s.outputs.at }}"}
    steps: [{id: s, run: "echo at=$GITHUB_RUN_ATTEMPT >> $GITHUB_OUTPUT"}]
  flaky:
    needs: once
    runs-on: ubuntu-latest
    steps: [{run: "[ $GITHUB_RUN_ATTEMPT -gt 1 ]"}]
  after:
    needs: [once, flaky]
    runs-on: ubuntu-latest
    outputs: {seen: "\${{ needs.once.outputs.at }} \${{ github.run_attempt }} \${{ github.actor }} \${{ github.triggering_actor }}"}
    steps: [{run: "true"}]
`;

test("a re-run of failed jobs keeps the others' results and outputs; a full one runs everything", async () => {
  await withRepository({ [WORKFLOW]: YAML }, async (root) => {
    const first = await runIn(root);
    expect(first.conclusions).toEqual({ once: "success", flaky: "failure", after: "skipped" });
    const again = { ...first.options, previous: first, triggeringActor: "hubot" };

    const failed = await rerunWorkflow({ ...again, onlyFailed: true });
    const second = collect(failed, first.host, first.events, first.options);
    expect(second.run).toMatchObject({ id: first.run.id, attempt: 2, conclusion: "success" });
    expect(second.conclusions).toEqual({ once: "success", flaky: "success", after: "success" });
    expect(second.outputs.after).toEqual({ seen: "1 2 octocat hubot" });
    expect(second.jobs.every((job) => job.attempt === 2)).toBe(true);

    const all = await rerunWorkflow({ ...again, onlyFailed: false });
    expect(all.outputs.after).toEqual({ seen: "3 3 octocat hubot" });
  });
});
