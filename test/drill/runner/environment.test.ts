import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const YAML = `jobs:
  contain:
    environment: {name: "containment-\${{ github.event_name }}", url: "https://example.com/\${{ steps.s.outputs.x }}"}
    runs-on: ubuntu-latest
    steps:
      - {id: s, run: "echo x=42 >> $GITHUB_OUTPUT"}
      - run: '[ "$KEY" = environment-secret ] && echo matched'
        env: {KEY: "\${{ secrets.KEY }}"}
  beside:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
`;
const NAME = "containment-workflow_dispatch";
const host = { protectedEnvironments: [NAME], environmentSecrets: { [NAME]: { KEY: "environment-secret" } } };

describe("environments", () => {
  test("hold the job back before it has a runner, while other jobs run", async () => {
    let approve = (_state: "approved") => {};
    const review = new Promise<"approved">((resolve) => {
      approve = resolve;
    });
    const types: string[] = [];
    const run = await runYaml(YAML, {
      host: { ...host, review: () => review },
      options: {
        onEvent: (event) => {
          if (!event.type.startsWith("job-") || !("job" in event)) return;
          types.push(`${event.job.key} ${event.type}`);
          if (event.type === "job-completed" && event.job.key === "beside") approve("approved");
        },
      },
    });
    expect(run.conclusions).toEqual({ contain: "success", beside: "success" });
    expect(types.indexOf("contain job-waiting")).toBeLessThan(types.indexOf("beside job-completed"));
    expect(types.slice(types.indexOf("beside job-completed"))).toEqual([
      "beside job-completed",
      "contain job-reviewed",
      "contain job-started",
      "contain job-completed",
    ]);
    expect(run.host.history).toEqual(
      expect.arrayContaining(["contain waiting", "run waiting", "contain in_progress"]),
    );
    expect(run.jobs.find((job) => job.key === "contain")?.environment).toBe(NAME);
    expect(run.log("contain")).toContain("Z matched");
    expect(run.log("contain")).toContain("https://example.com/42");
  });

  test("a rejection fails the job, which never starts", async () => {
    const run = await runYaml(YAML, { host: { ...host, review: async () => "rejected" } });
    expect(run.conclusions).toEqual({ contain: "failure", beside: "success" });
    expect(run.annotations[0]?.message).toBe(
      "The deployment was rejected or didn't satisfy other protection rules.",
    );
    expect(run.events.filter((event) => event.type === "job-started" && event.job.key === "contain")).toEqual(
      [],
    );
    expect(run.host.permissionsOf("contain")).toBeUndefined();
  });

  test("an unprotected environment is entered at once", async () => {
    const run = await runYaml(YAML, { host: { environmentSecrets: host.environmentSecrets } });
    expect(run.host.entered).toEqual([NAME]);
    expect(run.host.history).not.toContain("contain waiting");
    expect(run.conclusions).toEqual({ contain: "success", beside: "success" });
  });

  test("a cancelled run gives up the wait", async () => {
    const controller = new AbortController();
    const run = await runYaml(YAML, {
      host: { ...host, review: () => new Promise(() => {}) },
      options: {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "job-completed" && event.job.key === "beside") controller.abort();
        },
      },
    });
    expect(run.conclusions).toEqual({ contain: "cancelled", beside: "success" });
    expect(run.run.conclusion).toBe("cancelled");
  });
});
