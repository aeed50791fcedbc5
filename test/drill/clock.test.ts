import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { clockEnvironment, createClock } from "../../drill/clock.ts";

const START = Date.parse("2026-03-01T08:00:00Z");

describe("the simulated clock", () => {
  test("starts where it is told and runs faster by its speed", async () => {
    const clock = createClock({ speed: 1000, start: START });
    const realStart = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const simulated = clock.now() - START;
    const real = (performance.now() - realStart) * 1000;
    expect(simulated).toBeGreaterThanOrEqual(30_000 * 0.9);
    expect(simulated).toBeLessThanOrEqual(real + 5000);
  });

  test("sleeps in simulated time, never too short", async () => {
    const clock = createClock({ speed: 600, start: START });
    await clock.sleep(20_000);
    expect(clock.now() - START).toBeGreaterThanOrEqual(20_000);
  });

  test("a sleep ends with the signal's reason", async () => {
    const clock = createClock({ speed: 1, start: START });
    const controller = new AbortController();
    const sleep = clock.sleep(3_600_000, controller.signal);
    controller.abort(new Error("cancelled"));
    await expect(sleep).rejects.toThrow("cancelled");
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow("cancelled");
  });

  test("calls back once, unless cancelled", async () => {
    const clock = createClock({ speed: 1000, start: START });
    const called: string[] = [];
    clock.after(5000, () => called.push("kept"));
    const cancel = clock.after(5000, () => called.push("cancelled"));
    cancel();
    await clock.sleep(15_000);
    expect(called).toEqual(["kept"]);
  });

  test("refuses a speed that is not positive", () => {
    expect(() => createClock({ speed: 0 })).toThrow(RangeError);
    expect(() => createClock({ speed: Number.NaN })).toThrow(RangeError);
  });
});

/** Runs a script in a child process that lives in the clock's time; gives what it printed as JSON. */
function inChild(script: string, speed: number): Record<string, unknown> {
  const clock = createClock({ speed, start: START });
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    env: { PATH: process.env.PATH, ...clockEnvironment(clock) },
    encoding: "utf8",
  });
  expect(child.stderr).toBe("");
  return { ...(JSON.parse(child.stdout) as object), parentNow: clock.now() };
}

describe("a child process with the clock's environment", () => {
  test("reads the simulated time from Date", () => {
    const seen = inChild(
      `const date = new Date();
       class Later extends Date {}
       console.log(JSON.stringify({
         now: Date.now(), iso: date.toISOString(), text: Date(), parsed: new Date(0).toISOString(),
         kind: date instanceof Date && new Later() instanceof Later && date.constructor === Date,
         utc: Date.UTC(2026, 0, 1),
       }))`,
      100,
    );
    expect(Number(seen.now)).toBeGreaterThanOrEqual(START);
    expect(Number(seen.now)).toBeLessThanOrEqual(Number(seen.parentNow));
    expect(String(seen.iso)).toMatch(/^2026-03-01T08:/);
    expect(String(seen.text)).toContain("Mar 01 2026");
    expect(seen).toMatchObject({ parsed: "1970-01-01T00:00:00.000Z", kind: true, utc: 1767225600000 });
  });

  test.each([
    ["setTimeout", "await new Promise((done) => setTimeout(done, 30_000))"],
    ["promisified setTimeout", "await (await import('node:util')).promisify(setTimeout)(30_000)"],
    [
      "node:timers",
      "await new Promise((done) => import('node:timers').then((t) => t.setTimeout(done, 30_000)))",
    ],
    [
      "node:timers/promises",
      "const { setTimeout: wait } = await import('node:timers/promises'); await wait(30_000)",
    ],
    ["scheduler.wait", "await (await import('node:timers/promises')).scheduler.wait(30_000)"],
    [
      "setInterval",
      "await new Promise((done) => { const i = setInterval(() => { clearInterval(i); done() }, 30_000) })",
    ],
    [
      "AbortSignal.timeout",
      "const keep = setInterval(() => {}, 10_000); await new Promise((done) => AbortSignal.timeout(30_000).addEventListener('abort', done)); clearInterval(keep)",
    ],
  ])("waits in simulated time with %s", (_name, wait) => {
    const { simulated, real } = inChild(
      `import { performance } from 'node:perf_hooks';
       const [from, realFrom] = [Date.now(), performance.now()];
       ${wait};
       console.log(JSON.stringify({ simulated: Date.now() - from, real: performance.now() - realFrom }))`,
      600,
    );
    expect(Number(simulated)).toBeGreaterThan(28_000);
    expect(Number(real)).toBeLessThan(20_000);
  });

  test("jumps ahead, and what is due on the way happens at its own time, in order", async () => {
    const clock = createClock({ speed: 1, start: START });
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, Math.round((clock.now() - START) / 60_000)]);
    clock.after(50 * 60_000, () => note("second"));
    clock.after(10 * 60_000, () => {
      note("first");
      clock.after(5 * 60_000, () => note("made on the way"));
    });
    clock.after(90 * 60_000, () => note("later"));
    const sleeping = clock.sleep(30 * 60_000).then(() => note("slept"));
    await clock.skip(60 * 60_000);
    await sleeping;
    note("end");
    expect(seen).toEqual([
      ["first", 10],
      ["made on the way", 15],
      ["slept", 30],
      ["second", 50],
      ["end", 60],
    ]);
  });
});
