import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { preserve } from "../../../src/evidence/capture.ts";
import { readManifest } from "../../../src/evidence/manifest.ts";
import { finalInLedger } from "../../../src/evidence/sweep/final-in-ledger.ts";
import { planSweep, sweep } from "../../../src/evidence/sweep/sweep.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { renderIssue } from "../../../src/incident/render.ts";
import { escalationSteps } from "../../../src/incident/state.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import type { CaptureSource } from "../../../src/runbook/evidence-schema.ts";
import type { Runbook } from "../../../src/runbook/schema.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import { verify } from "../../../src/verify/verify.ts";
import {
  INCIDENT,
  runbook as own,
  type PreservePlatform,
  startPreservePlatform,
} from "../../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const HOUR_MS = 3_600_000;
const SOURCES: CaptureSource[] = ["ecs", "ssm-parameter"];
/** A runbook that collects no more than these tests look at. */
const runbook: Runbook = {
  ...own,
  evidence: { ...own.evidence, collect: SOURCES, settle_hours: { ecs: 3 } },
};

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [TASK], speed: 100 });
  await platform.declare();
});
afterEach(() => platform.close());

interface World {
  /** Hours by which the clock is ahead. */
  hours?: number;
  run?: number;
  /** AWS services that deny every call. */
  denied?: ("ecs" | "ssm")[];
  /** S3 calls that fail for good, and everything after them. */
  dies?: (operation: string, key: string) => boolean;
  /** S3 calls that are refused. */
  refuses?: (operation: string, key: string) => boolean;
}

/** What a job has at some hour, with parts of AWS out of order. */
function at(world: World): ActionDeps {
  const { hours = 0, run = 7001, denied = [], dies = () => false, refuses = () => false } = world;
  const deps = platform.deps({ runId: run, job: hours === 0 ? "preserve" : "sweep" });
  const send = () =>
    Promise.reject(Object.assign(new Error("not allowed"), { name: "AccessDeniedException" }));
  const broken = Object.fromEntries(denied.map((service) => [service, { send }]));
  let dead = false;
  const s3 = Object.create(platform.aws.s3, {
    send: {
      value: (command: { constructor: { name: string }; input: { Key?: string } }) => {
        const called = [command.constructor.name.replace(/Command$/, ""), command.input.Key ?? ""] as const;
        dead ||= dies(...called);
        if (refuses(...called))
          return Promise.reject(
            Object.assign(new Error("the key is disabled"), { name: "KMS.DisabledException" }),
          );
        return dead ? Promise.reject(new Error("killed")) : platform.aws.s3.send(command as never);
      },
    },
  });
  const clock = { ...deps.clock, now: () => new Date(deps.clock.now().getTime() + hours * HOUR_MS) };
  return { ...deps, clock, aws: (region) => ({ ...deps.aws(region), ...broken, s3 }) };
}

const open = (deps: ActionDeps) => IncidentRecord.open(deps, runbook, "dev", INCIDENT);

async function preserveAt(world: World) {
  const deps = at(world);
  return preserve(deps, await open(deps), SOURCES);
}

async function sweepAt(world: World) {
  const deps = at(world);
  return sweep(deps, await open(deps));
}

async function body(): Promise<string> {
  return renderIssue((await open(at({}))).entries, runbook).body;
}

async function preserved(): Promise<string | undefined> {
  const steps = escalationSteps((await open(at({}))).entries, runbook);
  const id = runbook.escalation.steps.find(({ done_when }) => done_when === "capture-sealed")?.id;
  return steps.find((step) => step.id === id)?.state;
}

async function problems(): Promise<unknown[]> {
  const store = new S3Store(platform.aws.s3, platform.vault.bucket, () => new Date());
  const report = await verify(store, "vault", ["INC-42"], new Date());
  return report.incidents.flatMap((incident) => incident.problems);
}

describe("a sweep", () => {
  test("adds what a capture lacked, calls each source final, and says so in the issue", async () => {
    const first = await preserveAt({ denied: ["ecs"] });
    expect(first.manifest.complete).toBe(false);
    expect(await preserved()).toBe("open");
    expect(await body()).toMatch(
      /### Evidence that is still awaited\n- \*\*ecs\*\* \(capture ` 7001 `\).*looked for until/,
    );

    const early = await sweepAt({ hours: 0.2, run: 7010 });
    expect(early).toMatchObject({
      captures: [],
      final: [{ source: "ssm-parameter", capture: "7001", outcome: "complete" }],
      open: [{ source: "ecs", capture: "7001" }],
    });

    const swept = await sweepAt({ hours: 1, run: 7011 });
    expect(swept).toMatchObject({
      captures: ["7001_7011"],
      final: [{ source: "ecs", capture: "7001", outcome: "complete" }],
      open: [],
    });
    const added = await readManifest(platform.vault, "INC-42", "7001_7011");
    expect(added?.manifest).toMatchObject({
      supplements: { capture: "7001", manifestSha256: first.sha256 },
      window: first.manifest.window,
      sources: [{ source: "ecs", status: "complete" }],
      complete: true,
      gaps: [],
    });
    expect(await preserved()).toBe("done");
    expect(await body()).not.toContain("still awaited");
    expect(await body()).toContain("adds to ` 7001 `");
    expect(platform.comments.filter((comment) => comment.includes("**Evidence final:**"))).toHaveLength(1);
    expect(await problems()).toEqual([]);
  });

  test("does nothing and asks nobody once every source is final", async () => {
    await preserveAt({});
    await sweepAt({ hours: 0.2, run: 7010 });
    const before = platform.calls.all().length;
    const entries = (await open(at({}))).entries.length;
    expect(await sweepAt({ hours: 5, run: 7011 })).toMatchObject({ captures: [], final: [], open: [] });
    expect((await open(at({}))).entries).toHaveLength(entries);
    const operations = platform.calls.all().slice(before);
    // The signing key, which this platform has not, is asked for again: what is unsigned is to be signed.
    expect(operations.filter(({ service }) => service !== "s3" && service !== "kms")).toEqual([]);
    expect(operations.filter(({ operation }) => operation.startsWith("Put"))).toEqual([]);
  });

  test("tries once more after the deadline, then gives up by name and leaves the step open", async () => {
    await preserveAt({ denied: ["ecs"] });
    const swept = await sweepAt({ hours: 3.1, run: 7010, denied: ["ecs"] });
    expect(swept).toMatchObject({ captures: ["7001_7010"], open: [] });
    const record = await open(at({}));
    expect(record.all("source-final").map(({ data }) => data)).toMatchObject([
      { source: "ecs", outcome: "expired", completedBy: "7001_7010", missing: [{ what: "ecs" }] },
      { source: "ssm-parameter", outcome: "complete", completedBy: "7001", missing: [] },
    ]);
    expect(await preserved()).toBe("open");
    expect(platform.comments.at(-1)).toContain("**Evidence final, incomplete:**");
    expect(platform.comments.at(-1)).toContain("Never came:");
    expect(await sweepAt({ hours: 4, run: 7011 })).toMatchObject({ captures: [], final: [] });
  });

  test("whose last try could not be sealed leaves the source open, and the next one completes it", async () => {
    await preserveAt({ denied: ["ecs"] });
    const refuses = (operation: string, key: string) =>
      operation === "PutObject" && key.endsWith("label.json");
    const deps = at({ hours: 4, run: 7010, refuses });
    await expect(sweep(deps, await open(deps))).rejects.toThrow("could not be added");
    expect((await open(at({}))).all("source-final").map(({ data }) => data.source)).toEqual([
      "ssm-parameter",
    ]);
    expect(platform.comments.filter((comment) => comment.includes("Evidence final"))).toEqual([]);

    expect(await sweepAt({ hours: 5, run: 7011 })).toMatchObject({
      captures: ["7001_7011"],
      final: [{ source: "ecs", outcome: "complete" }],
      open: [],
    });
    // The supplement that was begun and never sealed keeps nobody busy.
    expect(finalInLedger((await open(at({}))).entries)).toBe(true);
  });

  test("that was killed before it announced what it sealed is completed by the next", async () => {
    await preserveAt({ denied: ["ecs"] });
    const dies = (operation: string, key: string) =>
      operation === "PutObject" && key.includes("/ledger/") && dying;
    let dying = false;
    const deps = at({
      hours: 1,
      run: 7010,
      dies: (operation, key) => {
        dying ||= key.endsWith("7001_7010/manifest.json") && operation === "PutObject";
        return key.endsWith("7001_7010/manifest.json") ? false : dies(operation, key);
      },
    });
    await expect(sweep(deps, await open(deps))).rejects.toThrow("killed");
    expect((await readManifest(platform.vault, "INC-42", "7001_7010"))?.capture).toBe("7001_7010");
    expect(await problems()).not.toEqual([]);

    const next = await sweepAt({ hours: 2, run: 7011 });
    expect(next).toMatchObject({
      captures: [],
      open: [],
      final: expect.arrayContaining([{ source: "ecs", capture: "7001", outcome: "complete" }]),
    });
    expect(await problems()).toEqual([]);
  });

  test("beside a preserve of the same incident loses nothing", async () => {
    await preserveAt({ denied: ["ecs"] });
    const [swept, other] = await Promise.all([
      sweepAt({ hours: 1, run: 7010 }),
      preserveAt({ hours: 1, run: 7020 }),
    ]);
    expect(swept.captures).toEqual(["7001_7010"]);
    expect(other).toMatchObject({ capture: "7020", manifest: { complete: true } });
    const sealed = (await open(at({}))).all("capture-sealed").map(({ data }) => data.capture);
    expect(sealed.sort()).toEqual(["7001", "7001_7010", "7020"]);
    expect(await problems()).toEqual([]);
    expect(await sweepAt({ hours: 2, run: 7011 })).toMatchObject({ captures: [], open: [] });
  });

  test("that two runs make at once adds to the same capture twice, and both are sound", async () => {
    await preserveAt({ denied: ["ecs"] });
    const both = await Promise.all([sweepAt({ hours: 1, run: 7010 }), sweepAt({ hours: 1, run: 7011 })]);
    expect(both.flatMap(({ captures }) => captures).sort()).toEqual(["7001_7010", "7001_7011"]);
    expect(await problems()).toEqual([]);
    expect((await open(at({}))).all("source-final")).toHaveLength(2);
  });

  test("says beforehand what it would do, without a changing call", async () => {
    await preserveAt({ denied: ["ecs"] });
    const deps = at({ hours: 1, run: 7010 });
    const before = platform.calls.all().length;
    const planned = await planSweep(deps, await open(deps));
    expect(planned.map(({ source, state }) => [source, state])).toEqual([
      ["ecs", "collect"],
      ["ssm-parameter", "complete"],
    ]);
    const made = platform.calls.all().slice(before);
    expect(made.filter(({ operation }) => !/^(Get|Head|List|Describe)/.test(operation))).toEqual([]);
  });
});
