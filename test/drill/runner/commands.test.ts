import { describe, expect, test } from "@jest/globals";
import { parseCommand } from "../../../drill/runner/commands.ts";
import { parseEntries } from "../../../drill/runner/file-commands.ts";
import { runYaml } from "./run-fixture.ts";

const script = (lines: string[]) =>
  `jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n${lines.map((line) => `          ${line}\n`).join("")}`;

describe("workflow commands", () => {
  test("are read with their properties and escapes", () => {
    expect(parseCommand("::error file=a%2Cb.ts,line=3,title=T::one%0Atwo 100%25")).toEqual({
      name: "error",
      properties: { file: "a,b.ts", line: "3", title: "T" },
      data: "one\ntwo 100%",
    });
    expect(parseCommand("##[warning]careful")).toEqual({ name: "warning", properties: {}, data: "careful" });
    expect(parseCommand("a :: b")).toBeNull();
    expect(parseCommand("::::")).toBeNull();
  });

  test("make annotations, groups and stops", async () => {
    const run = await runYaml(
      script([
        "echo '::error file=a.ts,line=3,endLine=4,col=5,endColumn=6,title=Bad::broken'",
        "echo '::notice::for you'",
        "echo '::debug::hidden'",
        "echo '::group::Folded'; echo inside; echo '::endgroup::'",
        "echo '::stop-commands::pause'; echo '::error::not a command'; echo '::pause::'",
        "echo '::warning::again'",
      ]),
    );
    expect(run.annotations).toEqual([
      expect.objectContaining({
        level: "failure",
        message: "broken",
        title: "Bad",
        file: "a.ts",
        line: 3,
        endLine: 4,
        column: 5,
        endColumn: 6,
      }),
      expect.objectContaining({ level: "notice", message: "for you", file: null }),
      expect.objectContaining({ level: "warning", message: "again" }),
    ]);
    expect(run.log("a")).toContain("##[group]Folded");
    expect(run.log("a")).toContain("Z ::error::not a command");
    expect(run.log("a")).not.toContain("##[debug]hidden");
    expect(run.conclusions).toEqual({ a: "success" });
  });

  test.each([
    "set-output name=x::y",
    "save-state name=x::y",
    "set-env name=x::y",
    "add-path::/x",
    "stop-commands::error",
  ])("::%s is refused and fails the step", async (command) => {
    const run = await runYaml(script([`echo '::${command}'`]));
    expect(run.conclusions).toEqual({ a: "failure" });
    expect(run.annotations[0]?.message).toBe(`Unable to process command '::${command}' successfully.`);
  });
});

describe("command files", () => {
  test("take name=value and heredocs", () => {
    expect(parseEntries("a=1\nb<<EOF\nx=y\n\nz\nEOF\nc==<<\n\nd=\r\n")).toEqual([
      ["a", "1"],
      ["b", "x=y\n\nz"],
      ["c", "=<<"],
      ["d", ""],
    ]);
    expect(() => parseEntries("plain")).toThrow("Invalid format 'plain'");
    expect(() => parseEntries("=x")).toThrow("Invalid format '=x'. Name must not be empty");
    expect(() => parseEntries("a<<EOF\nx")).toThrow("Invalid value. Matching delimiter not found 'EOF'");
  });

  test("an entry that cannot be read fails the step", async () => {
    const run = await runYaml(script(['echo nonsense >> "$GITHUB_OUTPUT"']));
    expect(run.conclusions).toEqual({ a: "failure" });
    expect(run.annotations.map((each) => each.message)).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid format 'nonsense'",
    ]);
  });

  test("NODE_OPTIONS cannot be set through GITHUB_ENV", async () => {
    const run = await runYaml(script(['echo NODE_OPTIONS=--inspect >> "$GITHUB_ENV"']));
    expect(run.annotations.at(-1)?.message).toBe(
      "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    );
  });

  test("a summary of 1 MiB is taken, a larger one reported and dropped", async () => {
    const fits = await runYaml(script(['head -c 1048576 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"']));
    expect(fits.events.filter((event) => event.type === "summary")).toHaveLength(1);
    const large = await runYaml(script(['head -c 1048577 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"']));
    expect(large.events.filter((event) => event.type === "summary")).toHaveLength(0);
    expect(large.annotations[0]?.message).toContain("supports content up to a size of 1024k, got 1025k");
    expect(large.conclusions).toEqual({ a: "success" });
  });
});
