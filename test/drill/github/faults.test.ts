import { describe, expect, test } from "@jest/globals";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { FaultRule } from "../../../drill/contracts.ts";
import { type Harness, REPOSITORY, refusal, withGitHub } from "./setup.ts";

const once = (kind: FaultRule["kind"], more: Partial<FaultRule> = {}): FaultRule[] => [
  { service: "github", operation: "issues/create", kind, rate: 1, limit: 1, ...more },
];

function create({ as }: Harness) {
  return as("engineer").rest.issues.create({ ...REPOSITORY, title: "t" });
}

function statuses({ calls }: Harness) {
  return calls.all().map((call) => [call.operation, call.status, call.error]);
}

describe("injected faults", () => {
  test("a throttle is a secondary rate limit with retry-after", () =>
    withGitHub(
      async (harness) => {
        const caught = await create(harness).catch((error: unknown) => error);
        expect(caught).toMatchObject({
          status: 403,
          message: expect.stringContaining("secondary rate limit"),
          response: { headers: { "retry-after": "1" } },
        });
        expect((await create(harness)).status).toBe(201);
      },
      { faults: once("throttle") },
    ));

  test("Octokit's throttling and retry plugins take both faults for what they are, and get through", () =>
    withGitHub(
      async ({ github, calls }) => {
        let limits = 0;
        const onLimit = () => {
          limits += 1;
          return true;
        };
        const octokit = new (Octokit.plugin(retry, throttling))({
          auth: github.state.userToken("engineer"),
          baseUrl: github.apiUrl,
          throttle: { onRateLimit: () => false, onSecondaryRateLimit: onLimit },
          log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        });
        expect((await octokit.rest.issues.createLabel({ ...REPOSITORY, name: "x" })).status).toBe(201);
        expect(limits).toBe(1);
        expect(calls.all().map((call) => call.status)).toEqual([403, 502, 201]);
      },
      {
        faults: [
          { service: "*", operation: "issues/create-label", kind: "throttle", rate: 1, limit: 1 },
          { service: "*", operation: "issues/create-label", kind: "server-error", rate: 1, limit: 1 },
        ],
      },
    ));

  test("a server error changes nothing", () =>
    withGitHub(
      async (harness) => {
        expect((await refusal(create(harness))).status).toBe(502);
        expect(harness.github.state.issues()).toEqual([]);
      },
      { faults: once("server-error") },
    ));

  test("a dropped connection: before the call takes effect, or only its answer", async () => {
    await withGitHub(
      async (harness) => {
        await expect(create(harness)).rejects.toThrow();
        expect(harness.github.state.issues()).toHaveLength(0);
        expect(statuses(harness)).toEqual([["issues/create", 0, "ConnectionDropped"]]);
      },
      { faults: once("drop") },
    );
    await withGitHub(
      async (harness) => {
        await expect(create(harness)).rejects.toThrow();
        expect(harness.github.state.issues()).toHaveLength(1);
        expect(statuses(harness)).toEqual([["issues/create", 0, "AnswerLost"]]);
      },
      { faults: once("drop", { lostAnswer: true }) },
    );
  });

  test("a slow call takes as long as the scenario says, in simulated time", () =>
    withGitHub(
      async (harness) => {
        const before = harness.clock.now();
        await create(harness);
        expect(harness.clock.now() - before).toBeGreaterThanOrEqual(30_000);
      },
      { faults: once("slow", { delayMs: 30_000 }), speed: 200 },
    ));
});
