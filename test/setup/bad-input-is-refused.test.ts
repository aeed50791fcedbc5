import { describe, expect, test } from "@jest/globals";
import { command, withRepository } from "./set-up.ts";

const APPLY = ["--apply", "--environment", "dev"];

/** Arguments, and what is said of them. */
const COMMAND_LINES: [string, string[], RegExp][] = [
  ["neither mode", [], /Input '--check' or --apply is to be given/],
  ["both modes", ["--check", "--apply"], /Input '--check' or --apply is to be given/],
  ["an unknown option", ["--check", "--force"], /Unknown option '--force'/],
  [
    "reviewers without --apply",
    ["--check", "--reviewers", "alice"],
    /Input '--reviewers' belongs to --apply/,
  ],
  [
    "a repository that is none",
    ["--check", "--repository", "acme/../x"],
    /Input '--repository' is not OWNER\/NAME/,
  ],
  [
    "a reviewer that is none",
    [...APPLY, "--reviewers", "alice,;rm"],
    /Input '--reviewers' has an entry .*";rm"/,
  ],
  ["seven reviewers", [...APPLY, "--reviewers", "a,b,c,d,e,f,g"], /names 7; GitHub takes at most 6/],
  [
    "a runbook that is not there",
    ["--check", "--runbook", "none.yml"],
    /names a file that cannot be read: none.yml/,
  ],
  [
    "an environment that the runbook lacks",
    ["--check", "--environment", "qa"],
    /Input 'environment' is not in the runbook: "qa"/,
  ],
];

describe("what the command line says is looked at before GitHub is asked", () => {
  test.each(COMMAND_LINES)("%s", (_, args, message) =>
    withRepository({}, async ({ run }) => {
      const { code, stdout, stderr, calls } = await run("boss", ...args);
      expect(stderr).toMatch(message);
      expect([code, stdout, calls]).toEqual([1, "", []]);
    }),
  );

  test("no token, and an address that is none", async () => {
    const args = ["--check", "--repository", "acme/platform"];
    const bare = await command(args, { PATH: process.env.PATH ?? "" });
    expect([bare.code, bare.stderr]).toEqual([1, expect.stringContaining("Input 'GITHUB_TOKEN' is not set")]);
    const wrong = await command(args, {
      PATH: process.env.PATH ?? "",
      GH_TOKEN: "t",
      GITHUB_API_URL: "ftp://x",
    });
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining("Input 'GITHUB_API_URL' is no address"),
    ]);
  });
});

/** Reviewers that GitHub knows better, and what is said of them. */
const REVIEWERS: [string, string][] = [
  ["nobody", "names nobody, and GitHub knows no such name"],
  ["team/none", "names team/none, and GitHub knows no such name"],
  ["team/elsewhere", "names team/elsewhere, and team elsewhere cannot read acme/platform"],
  ["acme", "names acme, and that is no person but of type Organization"],
];

describe("reviewers are looked up before anything is changed", () => {
  test.each(REVIEWERS)("%s", (name, message) =>
    withRepository({}, async ({ run }) => {
      const { code, stderr, changing } = await run("boss", ...APPLY, "--reviewers", `alice,${name}`);
      expect(stderr).toContain(message);
      expect([code, changing]).toEqual([1, []]);
    }),
  );
});

test("a repository that the token does not see, and a token that GitHub does not know", () =>
  withRepository({}, async ({ run }) => {
    const elsewhere = await run("boss", "--check", "--repository", "acme/other");
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining("Cannot read acme/other: Not Found"),
    ]);
    const [{ resource } = { resource: "" }] = elsewhere.calls;
    expect(resource).toBe("/repos/acme/other");
    const stranger = await run(null, "--check");
    expect([stranger.code, stranger.stderr]).toEqual([
      1,
      "GitHub does not know this token: Bad credentials\nTo mend it: Set GITHUB_TOKEN to a token that is valid: GH_TOKEN=$(gh auth token)\n",
    ]);
    expect(stranger.calls.map(({ status }) => status)).toEqual([401]);
  }));
