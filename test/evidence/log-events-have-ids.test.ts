import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { EventIds } from "../../src/evidence/log-ids.ts";

const REF = { group: "/ecs/app", stream: "ecs/app/1" };
const event = { timestamp: 1000, ingestionTime: 1500, message: "héllo" };

describe("the ids of log events", () => {
  test("an id is made of what CloudWatch tells of the event, as documented", () => {
    const digest = createHash("sha256").update("1000 1500 /ecs/app:ecs/app/1:héllo").digest("hex");
    expect(new EventIds(REF).next(event)).toBe(digest.slice(0, 32));
  });

  test("whoever reads the stream gets the same ids; another stream, time or text has another", () => {
    const others = [
      new EventIds(REF).next({ ...event, timestamp: 1001 }),
      new EventIds(REF).next({ ...event, ingestionTime: 1501 }),
      new EventIds(REF).next({ ...event, message: "hello" }),
      new EventIds({ ...REF, stream: "ecs/app/2" }).next(event),
      new EventIds({ ...REF, group: "/ecs/other" }).next(event),
    ];
    expect(new EventIds(REF).next(event)).toBe(new EventIds(REF).next(event));
    expect(new Set([...others, new EventIds(REF).next(event)]).size).toBe(6);
  });

  test("events that are alike in everything are counted, and keep their ids when another comes between", () => {
    const ids = new EventIds(REF);
    const id = ids.next(event);
    expect(ids.next({ ...event, message: "between" })).not.toContain(id);
    expect([ids.next(event), ids.next(event)]).toEqual([`${id}-2`, `${id}-3`]);
  });
});
