import { expect, test } from "@jest/globals";
import { readContext } from "../../src/actions/inputs.ts";

const env = {
  GITHUB_REPOSITORY: "octo-org/firebreak",
  GITHUB_RUN_ID: "7001",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_JOB: "clocks",
  GITHUB_ACTOR: "whoever-wrote-the-schedule",
  GITHUB_TRIGGERING_ACTOR: "whoever-wrote-the-schedule",
  GITHUB_EVENT_NAME: "schedule",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_WORKSPACE: "/work",
};

test("a scheduled run acts for itself: nobody did anything", () => {
  expect(readContext(env).actor).toBe("github-actions[bot]");
});

test("whoever runs a scheduled run again did that", () => {
  const again = { ...env, GITHUB_RUN_ATTEMPT: "2", GITHUB_TRIGGERING_ACTOR: "oncall-engineer" };
  expect(readContext(again).actor).toBe("oncall-engineer");
});

test("every other run acts for whoever started it", () => {
  expect(readContext({ ...env, GITHUB_EVENT_NAME: "workflow_dispatch" }).actor).toBe(
    "whoever-wrote-the-schedule",
  );
});
