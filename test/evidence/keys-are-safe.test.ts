import { describe, expect, test } from "@jest/globals";
import { itemKey, safeName, safePath } from "../../src/evidence/keys.ts";

const FOLDER = "incidents/INC-42/captures/7001/audit-logs/";

describe("keys of items", () => {
  test("ordinary names stay as they are", () => {
    expect(safePath("servicenow/2026/11/21/a b-1.ndjson")).toBe("servicenow/2026/11/21/a b-1.ndjson");
  });

  test.each([
    ["../../../ledger/00000001.json", "%2E%2E/%2E%2E/%2E%2E/ledger/00000001.json"],
    ["a/./b", "a/%2E/b"],
    ["a//b", "a/%/b"],
    ["/a", "%/a"],
    ["a/", "a/%"],
    ["a\u0000\n\u001b[31m", "a%00%0A%1B[31m"],
    ["a\u202eb\u200b", "a%E2%80%AEb%E2%80%8B"],
    ["..\\..\\x", "..%5C..%5Cx"],
  ])("%j leads nowhere else", (name, safe) => {
    expect(safePath(name)).toBe(safe);
  });

  test("no two names share a key", () => {
    const names = [
      "a",
      "a@v1",
      "a%40v1",
      "a~2",
      "a%7E2",
      "a//b",
      "a/%/b",
      "a/%25/b",
      "..",
      "%2E%2E",
      ".",
      "...",
      "a/",
      "a",
    ];
    const keys = names.map((name) => safePath(name));
    expect(new Set(keys).size).toBe(new Set(names).size);
  });

  test("a current object cannot pose as another's old version", () => {
    const old = itemKey(FOLDER, safePath("log.ndjson"), "@v1");
    expect(itemKey(FOLDER, safePath("log.ndjson@v1"))).not.toBe(old);
  });

  test("a name that is too long is cut, stays within 1,024 bytes and stays its own", () => {
    const long = "ä".repeat(512);
    const key = itemKey(FOLDER, safePath(long), "@v1");
    const other = itemKey(FOLDER, safePath(`${long.slice(0, -1)}b`), "@v1");
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    expect(key).toMatch(/~[0-9a-f]{64}@v1$/);
    expect(other).not.toBe(key);
  });

  test("a name for one segment has no slash", () => {
    expect(safeName("ecs/app/1")).toBe("ecs%2Fapp%2F1");
  });
});
