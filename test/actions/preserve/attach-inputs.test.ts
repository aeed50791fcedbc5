import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/preserve/inputs.ts";
import { run } from "../../../src/actions/preserve/run.ts";
import { preserve } from "../../../src/evidence/capture.ts";
import { type PreservePlatform, startPreservePlatform } from "../../support/preserve-platform.ts";

const given = { INPUT_INCIDENT: "INC-42", INPUT_ENVIRONMENT: "dev", "INPUT_GITHUB-TOKEN": "t" };
const inputs = (more: Record<string, string> = {}) => readInputs(new InputReader({ ...given, ...more }));

describe("the input attach", () => {
  test("takes one place a line, and S3 URIs side by side", () => {
    expect(inputs().attach).toBeUndefined();
    expect(inputs({ INPUT_ATTACH: "", "INPUT_ATTACH-NOTE": "" }).attach).toBeUndefined();
    expect(inputs({ INPUT_ATTACH: "a file.json\n\n  b.json \r\n" }).attach).toEqual([
      "a file.json",
      "b.json",
    ]);
    expect(inputs({ INPUT_ATTACH: "s3://one/a b/ s3://two/c" }).attach).toEqual([
      "s3://one/a b/",
      "s3://two/c",
    ]);
  });

  test.each([
    [{ INPUT_ATTACH: "a\u0000b" }, /control character/],
    [{ INPUT_ATTACH: "a\u202eb" }, /invisible character/],
    [{ INPUT_ATTACH: Array.from({ length: 101 }, (_, index) => `f${index}`).join("\n") }, /more than 100/],
    [{ INPUT_ATTACH: "a", INPUT_SOURCES: "ecs" }, /no sources but entra-sign-in/],
    [{ INPUT_ATTACH: "a", "INPUT_ATTACH-NOTE": "two\nlines" }, /line break/],
    [{ INPUT_ATTACH: " \n\t" }, /blanks and no place/],
    [{ "INPUT_ATTACH-NOTE": "from the portal" }, /given without attach/],
    [{ INPUT_ATTACH: "", "INPUT_ATTACH-NOTE": "from the portal" }, /given without attach/],
  ])("%j is refused", (more, why) => {
    expect(() => inputs(more)).toThrow(why);
  });
});

describe("the action with attach", () => {
  let platform: PreservePlatform;
  let workspace: string;
  beforeEach(async () => {
    platform = await startPreservePlatform();
    workspace = mkdtempSync(join(tmpdir(), "attach-action-"));
    writeFileSync(join(workspace, "export.json"), "[{}]");
    writeFileSync(join(workspace, "runbook.yml"), readFileSync("runbook.yml", "utf8"));
    await platform.declare();
    await preserve(platform.deps(), await platform.open(), ["entra-sign-in"]);
  });
  afterEach(async () => {
    rmSync(workspace, { recursive: true });
    await platform.close();
  });
  const deps = () => platform.deps({ runId: 7002, workspace });

  test("hands over the supplementary capture, and collects nothing else", async () => {
    const before = platform.calls.all().length;
    const outputs = await run(inputs({ INPUT_ATTACH: "export.json" }), deps());
    expect(outputs).toMatchObject({ capture: "7001_7002", complete: "true" });
    const services = new Set(
      platform.calls
        .all()
        .slice(before)
        .map(({ service }) => service),
    );
    expect([...services].sort()).toEqual(["kms", "s3"]);
  });

  test("a dry run says what would be added and writes nothing", async () => {
    const writes = () =>
      platform.operations("s3").filter((operation) => /^(Put|Copy|Create)/.test(operation)).length;
    const before = writes();
    expect(await run(inputs({ INPUT_ATTACH: "export.json", "INPUT_DRY-RUN": "true" }), deps())).toEqual({});
    expect(writes()).toBe(before);
    expect(platform.printed.join("\n")).toContain("entra-sign-in: export.json");
  });
});
