import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { rotationFolder } from "../../src/containment/folder.ts";
import { failure } from "../support/gate-expect.ts";

function repository(): string {
  const root = mkdtempSync(join(tmpdir(), "firebreak-folder-"));
  mkdirSync(join(root, "infra", "real"), { recursive: true });
  writeFileSync(join(root, "infra", "file"), "");
  symlinkSync("/", join(root, "infra", "out"));
  symlinkSync("real", join(root, "infra", "alias"));
  symlinkSync("nowhere", join(root, "infra", "dangling"));
  return root;
}

describe("the rotation command's folder", () => {
  test("is found, through a link that stays inside too", async () => {
    const root = repository();
    expect(await rotationFolder(root, "infra/real/")).toMatch(/infra\/real$/);
    expect(await rotationFolder(root, "infra/alias")).toMatch(/infra\/real$/);
  });

  test.each([
    ["infra/out", "rotation-folder-escapes"],
    ["infra/out/tmp", "rotation-folder-escapes"],
    ["../", "rotation-folder-escapes"],
    ["/tmp", "rotation-folder-escapes"],
    [".", "rotation-folder-escapes"],
    ["infra/missing", "rotation-folder-missing"],
    ["infra/dangling", "rotation-folder-missing"],
    ["infra/file", "rotation-folder-missing"],
  ])("%s is refused: %s", async (folder, reason) => {
    expect((await failure(rotationFolder(repository(), folder))).reason).toBe(reason);
  });
});
