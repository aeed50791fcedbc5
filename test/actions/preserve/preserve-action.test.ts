import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/preserve/inputs.ts";
import { run } from "../../../src/actions/preserve/run.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../../support/preserve-platform.ts";

const given = { INPUT_INCIDENT: "INC-42", INPUT_ENVIRONMENT: "dev", "INPUT_GITHUB-TOKEN": "t" };
const inputs = (more: Record<string, string> = {}) => readInputs(new InputReader({ ...given, ...more }));

describe("the inputs of preserve", () => {
  test("sources default to the runbook's, and a list names each once", () => {
    expect(inputs()).toMatchObject({ incident: 42, environment: "dev", sources: undefined, dryRun: false });
    expect(inputs({ INPUT_SOURCES: "ecs, audit-logs,ecs" }).sources).toEqual(["ecs", "audit-logs"]);
  });

  test.each(["ecs,", "everything", "../ecs", "ECS", "ecs;audit-logs", "ec\u0455"])(
    "sources %j are refused by name",
    (sources) => {
      expect(() => inputs({ INPUT_SOURCES: sources })).toThrow("Input 'sources'");
    },
  );
});

describe("preserve", () => {
  const CHANGES = /^(Put|Copy|Create|Upload|Complete|Abort|Label|Update|Delete|Register)/;
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform();
    await platform.declare();
  });
  afterEach(() => platform.close());

  test("gives the capture's outputs and a summary", async () => {
    const outputs = await run(inputs(), platform.deps());
    expect(outputs).toEqual({
      capture: "7001",
      "manifest-uri": `s3://${target.vault}/incidents/INC-42/captures/7001/manifest.json`,
      "manifest-sha256": expect.stringMatching(/^[0-9a-f]{64}$/),
      // Complete but for the sign-in logs, for which people are asked.
      complete: "false",
      items: expect.stringMatching(/^\d+$/),
      bytes: expect.stringMatching(/^\d+$/),
    });
    expect(platform.summaries.join()).toContain(outputs["manifest-sha256"]);
    expect(await run(inputs(), platform.deps())).toEqual(outputs);
  });

  test("changes nothing in ECS, autoscaling or the parameter's values, and deletes nothing", async () => {
    await run(inputs(), platform.deps());
    const changes = ["ecs", "autoscaling", "ssm", "logs"].flatMap((service) =>
      platform.operations(service).filter((one) => CHANGES.test(one)),
    );
    // The label keeps the parameter's version, and the export is a copy.
    expect(changes).toEqual(["LabelParameterVersion", "CreateExportTask"]);
    expect(platform.operations().filter((one) => one.startsWith("Delete"))).toEqual([]);
  });

  test("a dry run says what it would collect and makes no changing call", async () => {
    const before = platform.operations().length;
    expect(await run(inputs({ "INPUT_DRY-RUN": "true" }), platform.deps())).toEqual({});
    expect(
      platform
        .operations()
        .slice(before)
        .filter((one) => CHANGES.test(one)),
    ).toEqual([]);
    expect(platform.printed.join("\n")).toContain(target.logGroup);
    expect(platform.summaries.join()).toContain(target.auditBucket);
    expect(platform.comments).toEqual([]);
  });

  test("an incomplete capture is a success that warns", async () => {
    const deps = platform.deps();
    const scaling = { send: () => Promise.reject(new Error("no permission to describe scaling")) };
    const outputs = await run(inputs(), { ...deps, aws: () => ({ ...platform.aws, scaling }) });
    expect(outputs.complete).toBe("false");
    expect(platform.printed.filter((line) => line.startsWith("warning:")).join()).toContain(
      "no permission to describe scaling",
    );
  });

  test("an incident without a ledger is refused before anything is written", async () => {
    const before = platform.operations().length;
    await expect(run(inputs({ INPUT_INCIDENT: "43" }), platform.deps())).rejects.toMatchObject({
      reason: "no-ledger",
    });
    expect(
      platform
        .operations()
        .slice(before)
        .filter((one) => CHANGES.test(one)),
    ).toEqual([]);
  });
});
