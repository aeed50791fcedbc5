import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ownersOf, parseCodeOwners } from "../../scripts/setup/code-owner-rules.ts";
import { SENSITIVE } from "../../scripts/setup/code-owners.ts";
import { lines, withRepository } from "./set-up.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHECK = ["--check", "--environment", "dev"];

describe("the last pattern that matches decides", () => {
  const CASES: [string, string, boolean][] = [
    ["*", "infra/roles.yml", true],
    ["*.yml", "infra/roles.yml", true],
    ["/*.yml", "infra/roles.yml", false],
    ["infra/", "infra/roles.yml", true],
    ["/infra", "infra/roles.yml", true],
    ["roles.yml", "infra/roles.yml", true],
    ["/infra/*", "infra/deep/roles.yml", false],
    ["infra/**", "infra/deep/roles.yml", true],
    ["**/dist/", "actions/x/dist/index.js", true],
    ["/actions/*/dist/", "actions/x/dist/index.js", true],
    ["/actions/*/dist/", "actions/x/action.yml", false],
    ["/infr", "infra/roles.yml", false],
    ["infra/roles.ym?", "infra/roles.yml", true],
  ];
  test.each(CASES)("%s and %s: %s", (pattern, path, owned) => {
    expect(ownersOf(parseCodeOwners(`${pattern} @a`), path)).toEqual(owned ? ["@a"] : []);
  });

  test("a later line without an owner takes the owner away", () => {
    const parsed = parseCodeOwners("# all\n* @a @b # both\n\n/infra/\n");
    expect([ownersOf(parsed, "runbook.yml"), ownersOf(parsed, "infra/roles.yml")]).toEqual([
      ["@a", "@b"],
      [],
    ]);
  });
});

test("the paths that are asked about exist, and this project's own file gives them to somebody", () => {
  expect(SENSITIVE.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const parsed = parseCodeOwners(readFileSync(join(ROOT, ".github/CODEOWNERS"), "utf8"));
  expect(
    [...SENSITIVE, "runbook.yml"].filter(
      (path) => !path.startsWith("src/") && ownersOf(parsed, path).length < 2,
    ),
  ).toEqual([]);
});

test("placeholders that are no team here own nothing", () =>
  withRepository(
    {},
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      const missing = lines(stdout, "MISSING").join("\n");
      expect(missing).toMatch(
        /^CODEOWNERS: nobody owns runbook\.yml, .*; GitHub does not know @firebreak\/maintainers, @firebreak\/security\./m,
      );
    },
    { ".github/CODEOWNERS": readFileSync(join(ROOT, ".github/CODEOWNERS"), "utf8") },
  ));

test("no file at all, and a path that nobody owns", async () => {
  await withRepository(
    {},
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "MISSING").join("\n")).toContain("CODEOWNERS: there is none");
    },
    {},
  );
  await withRepository(
    {},
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "MISSING").join("\n")).toContain("CODEOWNERS: nobody owns infra/roles.yml.");
    },
    { CODEOWNERS: "* @acme/on-call\n/infra/\n" },
  );
});
