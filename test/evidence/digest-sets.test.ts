import { expect, test } from "@jest/globals";
import { DigestSet } from "../../src/evidence/digest-set.ts";

test("a set of digests knows what was added, also after it has grown, and nothing else", () => {
  const set = new DigestSet();
  expect(set.has("0")).toBe(false);
  for (let index = 0; index < 5000; index += 1) {
    set.add(String(index));
    if (index % 1000 === 0) expect(set.has(String(index))).toBe(true);
  }
  expect(set.size).toBe(5000);
  for (let index = 0; index < 5000; index += 1) {
    expect(set.has(String(index))).toBe(true);
    expect(set.has(`${index} `)).toBe(false);
  }
});
