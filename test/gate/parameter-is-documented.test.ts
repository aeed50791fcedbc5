import { rmSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { rotateSecretBy } from "../../src/actions/rotate-secret/run.ts";
import { sourceOf } from "../../src/evidence/manifest.ts";
import { type SealOptions, seal } from "../support/gate-capture.ts";
import { refusals } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

const rotateInputs = { ...inputs, disabledBy: "Olga", disabledAt: new Date("2026-11-21T02:50:00Z") };

async function ready(options: SealOptions = {}): Promise<GateWorld> {
  const world = new GateWorld({ type: "client-secret-compromised" });
  await world.declare();
  await seal(world, options);
  world.github.approve();
  return world;
}

async function reasons(world: GateWorld): Promise<string[]> {
  const rotate = rotateSecretBy(async () => {
    world.calls.push("spawn");
    return { exitCode: 0, signal: null, timedOut: false };
  });
  return (await refusals(world, rotate(rotateInputs, world.deps()))).map(({ reason }) => reason);
}

describe("writing the parameter requires", () => {
  test("that its version is the documented one", async () => {
    const world = await ready();
    world.ssm.write("written by somebody since");
    expect(await reasons(world)).toEqual([
      "plan-drifted",
      "disabled-before-current-version",
      "parameter-changed-since-documented",
    ]);
  });

  test("that a capture documents it", async () => {
    const world = await ready({
      edit: (manifest) => {
        const source = sourceOf(manifest, "ssm-parameter");
        if (source) source.parameter = null;
      },
    });
    expect(await reasons(world)).toEqual(["parameter-not-documented"]);
  });

  test("that the document is about this parameter", async () => {
    const world = await ready({
      edit: (manifest) => {
        const parameter = sourceOf(manifest, "ssm-parameter")?.parameter;
        if (parameter) parameter.name = "/another/parameter";
      },
    });
    expect(await reasons(world)).toEqual(["parameter-not-documented"]);
  });

  test("that the documented version carries its label in SSM", async () => {
    const world = await ready();
    world.ssm.version(2).labels = ["something-else"];
    expect(await reasons(world)).toEqual(["parameter-not-labelled"]);
  });

  test("that the document is in the vault as the manifest lists it", async () => {
    const world = await ready();
    const key = [...world.s3.objects.keys()].find((name) => name.includes("/ssm/")) ?? "";
    world.s3.objects.set(key, Buffer.from("forged"));
    expect(await reasons(world)).toEqual(["evidence-altered"]);
  });

  test("room for another version: a labelled oldest of 100 is refused", async () => {
    const world = new GateWorld({ type: "client-secret-compromised" });
    while (world.ssm.versions.length < 100) world.ssm.write("another");
    for (const version of world.ssm.versions) version.at = new Date("2026-10-01T09:00:00Z");
    await world.declare();
    await seal(world);
    world.github.approve();
    world.ssm.version(1).labels.push("INC-7-v1");
    expect(await reasons(world)).toEqual(["parameter-full", "parameter-version-limit"]);
  });

  test("that the rotation command's folder is there", async () => {
    const world = await ready();

    rmSync(`${world.workspace}/infra/initial`, { recursive: true });
    expect(await reasons(world)).toEqual(["rotation-folder-missing"]);
  });
});
