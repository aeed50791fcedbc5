import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/sweep/inputs.ts";
import { run } from "../../../src/actions/sweep/run.ts";
import { preserve } from "../../../src/evidence/capture.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import {
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../../support/preserve-platform.ts";

const given = { INPUT_ENVIRONMENT: "dev", "INPUT_GITHUB-TOKEN": "t" };
const inputs = (more: Record<string, string> = {}) => readInputs(new InputReader({ ...given, ...more }));

describe("the inputs of sweep", () => {
  test("the incident may be left out", () => {
    expect(inputs()).toMatchObject({ incident: undefined, environment: "dev", dryRun: false });
    expect(inputs({ INPUT_INCIDENT: "INC-42" }).incident).toBe(42);
    expect(() => inputs({ INPUT_INCIDENT: "42x" })).toThrow("Input 'incident'");
  });
});

describe("sweep", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform({ speed: 100 });
  });
  afterEach(() => platform.close());

  type Issue = { number: number; labels?: string[] };

  /** A job some hours later, in a repository with these open issues, and with some that were closed at a time. */
  function later(hours: number, issues: Issue[], closed: (Issue & { closed_at: string })[] = []): ActionDeps {
    const deps = platform.deps({ runId: 7050, job: "sweep" });
    const listForRepo = () => {};
    const rest = { ...deps.github.rest, issues: { ...deps.github.rest.issues, listForRepo } };
    const paginate = async (endpoint: unknown, { state }: { state?: string }) =>
      endpoint === listForRepo
        ? (state === "closed" ? closed : issues).map((issue) => ({ labels: ["incident"], ...issue }))
        : platform.comments.map((body) => ({ body }));
    const clock = { ...deps.clock, now: () => new Date(deps.clock.now().getTime() + hours * 3_600_000) };
    return { ...deps, clock, github: { ...deps.github, rest, paginate } as unknown as ActionDeps["github"] };
  }

  /** An incident with a capture whose parameter could not be documented. */
  async function preserved(number: number): Promise<void> {
    const deps = platform.deps();
    const send = () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    const denied: ActionDeps = { ...deps, aws: (region) => ({ ...deps.aws(region), ssm: { send } }) };
    const record = await IncidentRecord.start(denied, runbook, number, platform.facts);
    await preserve(denied, record, ["ecs", "ssm-parameter"]);
  }

  const opened = (number: number) => IncidentRecord.open(platform.deps(), runbook, "dev", number);

  test("goes through every open incident that the vault holds", async () => {
    await preserved(42);
    await preserved(43);
    const outputs = await run(inputs(), later(1, [{ number: 43 }, { number: 44 }, { number: 42 }]));
    expect(JSON.parse(outputs.swept ?? "")).toEqual(["INC-42", "INC-43"]);
    expect(JSON.parse(outputs.captures ?? "")).toEqual([
      { incident: "INC-42", capture: "7001_7050" },
      { incident: "INC-43", capture: "7001_7050" },
    ]);
    expect(outputs.open).toBe("0");
    expect(platform.summaries.at(-1)).toContain("| INC-42 | ` 7001_7050 ` |");
    const kinds = (await opened(42)).entries.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "source-final")).toHaveLength(2);
  });

  test("goes on with an incident that was closed before its evidence is final, not with one closed long ago", async () => {
    await preserved(42);
    await preserved(43);
    const closedAgo = (days: number) => new Date(platform.clock.now() - days * 86_400_000).toISOString();
    const outputs = await run(
      inputs(),
      later(
        1,
        [],
        [
          { number: 43, closed_at: closedAgo(400) },
          { number: 42, closed_at: closedAgo(0) },
          { number: 44, closed_at: closedAgo(0) },
        ],
      ),
    );
    expect(JSON.parse(outputs.swept ?? "")).toEqual(["INC-42"]);
    expect((await opened(42)).all("source-final")).toHaveLength(2);
    expect((await opened(43)).all("source-final")).toEqual([]);
  });

  test("warns of an open incident of this environment of which the vault holds nothing", async () => {
    await preserved(42);
    await run(inputs(), later(1, [{ number: 44, labels: ["incident", "environment:dev"] }, { number: 42 }]));
    expect(platform.printed.join("\n")).toMatch(/warning: Nothing lies in .* of INC-44/);
  });

  test("one incident's failure does not stop the others; the job names it at the end", async () => {
    await preserved(42);
    await preserved(43);
    platform.server.s3.seedObject(target.vault, "incidents/INC-42/ledger/00000002.json", "{}");
    const failed = run(inputs(), later(1, [{ number: 43 }, { number: 42 }]));
    await expect(failed).rejects.toMatchObject({
      reason: "sweep-failed",
      message: expect.stringContaining("failed for INC-42. First: "),
      remedy: expect.stringContaining("audit log tampering"),
      outputs: { swept: '["INC-43"]' },
    });
    expect((await opened(43)).all("source-final")).toHaveLength(2);
    expect(platform.summaries.at(-1)).toContain("| INC-42 | **failed** |");
  });

  test("a dry run says what it would do and changes nothing", async () => {
    await preserved(42);
    const entries = (await opened(42)).entries.length;
    const before = platform.calls.all().length;
    expect(await run(inputs({ "INPUT_DRY-RUN": "true" }), later(1, [{ number: 42 }]))).toEqual({});
    expect(platform.summaries.at(-1)).toContain("` ssm-parameter ` | be collected again |");
    const calls = platform.calls.all().slice(before);
    expect(calls.filter(({ operation }) => !/^(Get|Head|List)/.test(operation))).toEqual([]);
    expect((await opened(42)).entries).toHaveLength(entries);
  });

  test("without any incident says so", async () => {
    const outputs = await run(inputs(), later(1, []));
    expect(outputs).toEqual({ swept: "[]", open: "0", captures: "[]" });
    expect(platform.summaries.at(-1)).toContain("no open incident");
  });
});
