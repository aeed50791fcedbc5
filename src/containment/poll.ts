import type { Clock, Log } from "../ports.ts";

const POLL_MS = 5_000;
const HEARTBEAT_MS = 30_000;

/** One look at the world: what to tell people, and the result once there is one. */
export interface Look<Result> {
  state: string;
  done?: Result;
}

/**
 * Looks every 5 seconds until there is a result. Logs when the state changes, and every 30 seconds in between.
 * @returns undefined when `timeoutMs` passed without a result.
 */
export async function poll<Result>(
  deps: { clock: Clock; log: Log },
  what: string,
  timeoutMs: number,
  look: () => Promise<Look<Result>>,
): Promise<Result | undefined> {
  const { clock, log } = deps;
  const begun = clock.now().getTime();
  let [said, saidAt] = ["", 0];
  for (;;) {
    const { state, done } = await look();
    const now = clock.now().getTime();
    if (state !== said || now - saidAt >= HEARTBEAT_MS) {
      log.info(`${what}  ${state}  (${Math.round((now - begun) / 1000)} s)`);
      [said, saidAt] = [state, now];
    }
    if (done !== undefined) return done;
    if (now - begun >= timeoutMs) return undefined;
    await clock.sleep(POLL_MS);
  }
}
