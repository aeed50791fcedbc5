import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { adding, sealedLogs } from "../support/log-captures.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const ELSEWHERE = { group: "/of/the/task", stream: `ecs/app/${TASK}` };
const TASKS = `streams of the tasks of ${target.service}`;
const POLICY = `the data protection policy of the log group ${target.logGroup}`;
const DENIED = Object.assign(new Error("not allowed"), { name: "AccessDeniedException" });

let platform: PreservePlatform;
let first: SourceContext;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [TASK] });
  const events = [{ timestamp: platform.clock.now() - 600_000, message: "x" }];
  platform.logs.store.seedStream({ group: target.logGroup, name: "ecs/other/1", events });
  platform.logs.store.seedStream({ group: ELSEWHERE.group, name: ELSEWHERE.stream, events });
  const source = await platform.source();
  // The task writes to a group that is not the runbook's: only ECS says so.
  const service = async () => {
    const view = await source.service();
    const { now } = source.clock;
    return {
      ...view,
      observedAt: now(),
      tasks: view.tasks.map((task) => ({ ...task, output: { ...task.output, streams: [ELSEWHERE] } })),
    };
  };
  first = { ...source, service, target: { ...target, logExportBucket: null } };
});
afterEach(() => platform.close());

const unknowing = (context: SourceContext): SourceContext => ({
  ...context,
  service: () => Promise.reject(DENIED),
});

describe("what a capture of the logs could not learn", () => {
  test("the tasks: a supplement asks ECS again, and has their streams in whatever group", async () => {
    const sealed = sealedLogs(first, await collectLogs(unknowing(first)));
    const second = unknowing(adding(first, [sealed], { hours: 0.3 }));
    const still = await collectLogs(second);
    expect(still.record).toMatchObject({ status: "partial", gaps: [{ what: TASKS }] });

    const third = adding(first, [sealed, sealedLogs(second, still)], { hours: 0.5, capture: "7003" });
    const asked = await collectLogs(third);
    expect(asked.record).toMatchObject({ status: "complete", gaps: [], streams: [ELSEWHERE] });

    const captures = [sealed, sealedLogs(second, still), sealedLogs(third, asked)];
    const after = adding(unknowing(first), captures, { hours: 3, capture: "7004" });
    expect((await collectLogs(after)).record).toMatchObject({ status: "complete", gaps: [] });
  });

  test("the tasks, when ECS has forgotten those that stopped: a gap for good", async () => {
    const sealed = sealedLogs(first, await collectLogs(unknowing(first)));
    const late = adding(first, [sealed], { hours: 3 });
    const service = async () => ({ ...(await first.service()), observedAt: late.clock.now() });
    const { record } = await collectLogs({ ...late, service });
    expect(record.streams).toMatchObject([ELSEWHERE]);
    expect(record).toMatchObject({
      status: "partial",
      gaps: [{ what: TASKS, why: expect.stringContaining("ECS forgets a stopped task") }],
    });
  });

  test("the data protection policy: a supplement collects it once it may", async () => {
    const allowed = ({ logs }: SourceContext["aws"], may: boolean) => ({
      send: async (command: { constructor: { name: string } }) => {
        const { name } = command.constructor;
        if (name === "GetDataProtectionPolicyCommand") {
          if (!may) throw DENIED;
          return { policyDocument: '{"Name":"mask"}' };
        }
        const answer = (await logs.send(command as never)) as { logGroups?: object[] };
        if (name !== "DescribeLogGroupsCommand") return answer;
        const masked = answer.logGroups?.map((group) => ({ ...group, dataProtectionStatus: "ACTIVATED" }));
        return { ...answer, logGroups: masked };
      },
    });
    const by = (context: SourceContext, may: boolean): SourceContext => ({
      ...context,
      aws: { ...context.aws, logs: allowed(platform.aws, may) as never },
    });
    const sealed = sealedLogs(first, await collectLogs(by(first, false)));
    const second = by(adding(first, [sealed], { hours: 1 }), false);
    const still = await collectLogs(second);
    expect(still.record).toMatchObject({ status: "partial", gaps: [{ what: POLICY }] });
    const captures = [sealed, sealedLogs(second, still)];
    const third = by(adding(first, captures, { hours: 3, capture: "7003" }), true);
    const { record, items } = await collectLogs(third);
    expect(record).toMatchObject({ status: "complete", gaps: [] });
    expect(items.map(({ key }) => key)).toEqual([
      `${third.folder}cloudwatch-logs/data-protection-policy.json`,
    ]);
  });
});
