import { describe, expect, test } from "@jest/globals";
import { RecordCounter } from "../../src/evidence/record-counter.ts";

function count(text: string, piece = 3): number | null {
  const counter = new RecordCounter();
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += piece) counter.add(bytes.subarray(start, start + piece));
  return counter.count();
}

describe("counting the records of an export", () => {
  test.each<[string, number | null]>([
    ['[{"a":1},{"b":[{},{}]}]', 2],
    ['\ufeff[\n {"a":"}{][\\"\\\\"},\n {} \n]\n', 2],
    ["[]", 0],
    ['{"id":1}\n{"id":2}\r\n{"id":3}\n', 3],
    ["", null],
    ["id,name\n1,2\n", null],
    ['[{"a":1}', null],
    ['[{"a":"1}]', null],
    ["[1][2]", null],
  ])("%j: %p", (text, expected) => {
    expect(count(text)).toBe(expected);
    expect(count(text, 1000)).toBe(expected);
  });
});
