// Puts a Node process into the drill's time: loaded with --import, set up by `clockEnvironment` in clock.ts.
// Date runs faster by the drill's speed, timers wait shorter. performance.now, file times and timeouts on
// sockets stay real. A timer waits at least one real millisecond.
import { syncBuiltinESMExports } from "node:module";
import { performance } from "node:perf_hooks";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";

const speed = Number(process.env.DRILL_CLOCK_SPEED);
const realStart = Number(process.env.DRILL_CLOCK_REAL);
const simulatedStart = Number(process.env.DRILL_CLOCK_SIMULATED);

if (speed > 0 && realStart > 0 && simulatedStart > 0) {
  const realNow = () => performance.timeOrigin + performance.now();
  const now = () => Math.floor(simulatedStart + (realNow() - realStart) * speed);
  patchDate(now);
  patchTimers((ms) => (typeof ms === "number" ? ms / speed : ms));
}

function patchDate(now) {
  const RealDate = globalThis.Date;
  RealDate.now = now;
  const SimulatedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = SimulatedDate;
  globalThis.Date = SimulatedDate;
}

function patchTimers(scale) {
  const real = { ...timers };
  const wait = { ...timersPromises };
  const setTimeout = (callback, ms, ...args) => real.setTimeout(callback, scale(ms), ...args);
  const setInterval = (callback, ms, ...args) => real.setInterval(callback, scale(ms), ...args);

  timersPromises.setTimeout = (ms, value, options) => wait.setTimeout(scale(ms), value, options);
  timersPromises.setInterval = (ms, value, options) => wait.setInterval(scale(ms), value, options);
  const { scheduler } = timersPromises;
  const schedulerWait = scheduler.wait.bind(scheduler);
  scheduler.wait = (ms, options) => schedulerWait(scale(ms), options);
  Object.defineProperty(setTimeout, promisify.custom, { value: timersPromises.setTimeout });

  const abortAfter = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => abortAfter(Math.ceil(scale(ms)));

  Object.assign(globalThis, { setTimeout, setInterval });
  Object.assign(timers, { setTimeout, setInterval });
  syncBuiltinESMExports();
}
