import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { judge } from "../../src/evidence/audit-trail/events.ts";
import { checkHistory } from "../../src/evidence/audit-trail/history.ts";
import { checkTrail, trailHomes } from "../../src/evidence/audit-trail/trail.ts";
import type { Aws } from "../../src/ports.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-dev";
const OTHER = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/other";
const clock = { now: () => new Date(), sleep: async () => {} };

describe("a trail that was stopped is the runbook's, whether either goes by its name or its ARN", () => {
  const stopped = (trail: string, name: string) =>
    judge(
      {
        id: "e",
        name: "StopLogging",
        at: new Date(0),
        by: "mallory",
        from: "203.0.113.9",
        region: "eu-west-1",
        refused: null,
        parameters: { name },
        resources: [],
        category: "Management",
      },
      { bucket: "audit", trail, policy: null },
    )?.weight;

  test.each([
    ["org-dev", "org-dev"],
    ["org-dev", ARN],
    [ARN, "org-dev"],
    [ARN, ARN],
  ])("runbook %s, call %s", (runbook, call) => expect(stopped(runbook, call)).toBe("tampered"));

  test.each([
    ["org-dev", "other"],
    ["org-dev", OTHER],
    [ARN, "other"],
    [ARN, OTHER],
  ])("but runbook %s, call %s is another trail", (runbook, call) =>
    expect(stopped(runbook, call)).toBeUndefined(),
  );
});

describe("the home regions of the trail", () => {
  let platform: PreservePlatform;
  const asked: string[] = [];
  /** Answers for every region as the simulated one does, and notes which. */
  const awsIn = (region: string): Aws => {
    asked.push(region);
    return platform.aws;
  };
  beforeEach(async () => {
    platform = await startPreservePlatform({ speed: 1000 });
    asked.length = 0;
  });
  afterEach(() => platform.close());

  const history = async (region: string, homes: readonly string[] = []) => {
    const to = platform.clock.now();
    const window = { from: new Date(to - 1000), to: new Date(to) };
    const watched = { bucket: "audit", trail: null, policy: null };
    const { clock: simulated } = platform.deps();
    await checkHistory({ awsIn, clock: simulated, region, trailHomes: homes }, window, watched);
    return [...new Set(asked)];
  };

  test.each([
    ["eu-west-1", ["eu-west-1", "us-east-1"]],
    ["cn-northwest-1", ["cn-northwest-1", "cn-north-1"]],
    ["us-gov-east-1", ["us-gov-east-1", "us-gov-west-1"]],
  ])("of %s the history is asked where its partition records global services", async (region, regions) => {
    expect(await history(region)).toEqual(regions);
  });

  test("are asked for the history too", async () => {
    expect(await history("eu-west-1", ["eu-central-1"])).toEqual(["eu-west-1", "us-east-1", "eu-central-1"]);
  });

  test("are found by name, by ARN, and of every trail when none is named", async () => {
    const trail = { Name: "org-dev", TrailARN: ARN.replace("eu-west-1", "eu-central-1") };
    const others = { Name: "other", TrailARN: OTHER, HomeRegion: "eu-west-1" };
    const cloudtrail = {
      send: async () => ({ trailList: [{ ...trail, HomeRegion: "eu-central-1" }, others] }),
    };
    const deps = { awsIn: () => ({ cloudtrail }) as never, clock, region: "eu-west-1" };
    const regions = async (name: string | null) => (await trailHomes(deps, name)).regions;
    expect(await regions("org-dev")).toEqual(["eu-central-1"]);
    expect(await regions(trail.TrailARN)).toEqual(["eu-central-1"]);
    expect(await regions(null)).toEqual(["eu-central-1", "eu-west-1"]);
    expect(await regions("gone")).toEqual([]);
  });

  test("that cannot be asked for make it unclear, unless the ARN names one", async () => {
    const refused = Object.assign(new Error("no"), { name: "AccessDeniedException" });
    const cloudtrail = { send: () => Promise.reject(refused) };
    const deps = { awsIn: () => ({ cloudtrail }) as never, clock, region: "us-east-1" };
    expect(await trailHomes(deps, ARN)).toMatchObject({
      regions: ["eu-west-1"],
      findings: [{ weight: "unclear", why: expect.stringContaining("AccessDeniedException") }],
    });
    await expect(checkTrail(deps, "org-dev")).rejects.toThrow("no");
  });
});
