import { describe, expect, test } from "@jest/globals";
import { EntraWorld } from "../../support/entra-world.ts";
import { GateWorld, OLD_SECRET } from "../../support/gate-world.ts";

/** The parameter as SSM keeps it after so many writes: the newest 100 versions. */
function fill(world: GateWorld, labels: string[]): void {
  while (world.ssm.versions.length < 149) world.ssm.write("an earlier one");
  world.ssm.write(OLD_SECRET);
  world.ssm.versions = world.ssm.versions.slice(-100);
  world.ssm.version(51).labels = labels;
}

const worlds: [string, () => GateWorld][] = [
  ["Firebreak makes the secret", () => new EntraWorld()],
  ["a command makes it", () => new GateWorld({ type: "client-secret-compromised" })],
];

describe.each(worlds)("where %s, a parameter that SSM lets nobody write any more", (_who, create) => {
  test("is refused while the old secret is still good for something, with how to make room", async () => {
    const world = create();
    fill(world, ["firebreak-INC-7"]);
    await world.declare();
    const data = (await world.open()).latest("plan-failed")?.data;
    expect(data?.reason).toBe("parameter-full");
    expect(data?.remedy).toContain("--parameter-version 51 --labels firebreak-INC-7");
    expect(world.changes()).toEqual([]);
  });

  test("is none when the oldest of 100 versions has no label", async () => {
    const world = create();
    fill(world, []);
    await world.declare();
    expect((await world.open()).latest("planned")).toBeDefined();
  });
});
