import { expect, test } from "@jest/globals";
import type { BundleResult } from "../support/bundle.ts";
import { FEW, SAMPLED } from "../support/chosen-calls.ts";
import { discover } from "../support/discover.ts";
import { type CallPoint, type Decide, faultOf, finder, nameOf } from "../support/every-call.ts";
import { figures, note } from "../support/figures.ts";
import { type Baseline, ledgerKinds, lostItems, statusesOf } from "../support/judge.ts";
import { Lane, sideBySide } from "../support/lane.ts";
import type { SmallWorld } from "../support/small-world.ts";
import { missingFrom, readCapture } from "../support/truth.ts";

/** Two minutes of the platform's time: longer than the usual timeouts of gateways and proxies. */
const SLOW_MS = 120_000;

const once =
  (fault: ReturnType<typeof faultOf>) =>
  (point: CallPoint): Decide => {
    const isIt = finder(point);
    return (call) => (isIt(call) ? fault : null);
  };
const always =
  (fault: ReturnType<typeof faultOf>) =>
  (point: CallPoint): Decide =>
  (call) =>
    nameOf(call) === point.name ? fault : null;

const FAULTS: Readonly<Record<string, (point: CallPoint) => Decide>> = {
  "throttled once": once(faultOf("throttle")),
  "fails once": once(faultOf("server-error")),
  "reset before": once(faultOf("drop")),
  "reset after": once(faultOf("drop", { lostAnswer: true })),
  slow: once(faultOf("slow", { delayMs: SLOW_MS })),
  "throttled always": always(faultOf("throttle")),
  "fails always": always(faultOf("server-error")),
  denied: always(faultOf("deny")),
};
const PASSING = Object.keys(FAULTS).slice(0, 5);
const LASTING = Object.keys(FAULTS).slice(5);

/**
 * All of them; in a sample each call meets one that passes and one that lasts, in turn, and of a few every third meets
 * one of the two.
 */
function faultsOf({ occurrence }: CallPoint, index: number): string[] {
  const inTurn = (faults: readonly string[], turn = index) => faults[turn % faults.length] ?? "";
  const third = index / 3;
  if (FEW) return Number.isInteger(third) ? [inTurn(index % 2 === 0 ? PASSING : LASTING, third)] : [];
  if (SAMPLED) return [inTurn(PASSING), inTurn(LASTING)];
  // What lasts befalls every call of a name, so it is tried at the first.
  return occurrence === 1 ? [...PASSING, ...LASTING] : PASSING;
}

interface Round {
  operation: string;
  fault: string;
  /** `complete`, `partial`, `failed`, or what must not be. */
  outcome: string;
  detail: string;
}

test("a fault at any call ends in a complete capture, or in one that names what it lacks, or in a failure that says why", async () => {
  const { start, chosen, baseline } = await discover();
  const plan = chosen.flatMap((point, index) => faultsOf(point, index).map((fault) => ({ point, fault })));
  const rounds: Round[] = [];
  await sideBySide(plan, [new Lane(start), new Lane(start)], async ({ point, fault }, world) => {
    const incident = await world.declare();
    world.gate.begin(FAULTS[fault]?.(point));
    const result = await world.preserve(incident);
    world.gate.end();
    const operation = `${point.call.service} ${point.call.operation}`;
    const judged = await judge(world, incident, result, baseline);
    rounds.push({ operation, fault, ...judged, detail: `${point.name} ${judged.detail}` });
    note(`${judged.outcome} | ${fault} | ${point.name} | ${judged.detail}`);
  });
  const wrong = rounds.filter(({ outcome }) => outcome.startsWith("WRONG"));
  figures("faults", { rounds: rounds.length, ...countOf(rounds), wrong, table: tableOf(rounds) });
  expect(wrong).toEqual([]);
  // The SDK and the product's own patience get over whatever passes.
  expect(rounds.filter(({ fault, outcome }) => PASSING.includes(fault) && outcome !== "complete")).toEqual(
    [],
  );
}, 3_600_000);

async function judge(
  world: SmallWorld,
  incident: number,
  { code, output }: BundleResult,
  baseline: Baseline,
): Promise<Pick<Round, "outcome" | "detail">> {
  const stored = await readCapture(world, incident, String(world.run.id));
  const said = output.match(/^::(?:error|warning)::.*$/gm) ?? [];
  if (code !== 0 && !said.some((line) => line.startsWith("::error::")))
    return { outcome: "WRONG: failed without a reason", detail: output.slice(-2000) };
  if (!stored) {
    if (code === 0) return { outcome: "WRONG: succeeded without a seal", detail: output.slice(-2000) };
    return { outcome: "failed", detail: said.at(-1) ?? "" };
  }
  const { manifest } = stored;
  const { verdict, problems } = await world.verify(incident);
  // The ledger took no more entries: the run fails, and both it and the verifier say that the seal is unannounced.
  const unannounced = problems.length === 1 && problems[0]?.code === "manifest-unannounced";
  if (code !== 0 && unannounced && said.some((line) => line.includes("seal is unannounced")))
    return { outcome: "failed", detail: said.at(-1) ?? "" };
  if (verdict !== "verified")
    return { outcome: "WRONG: not verified", detail: JSON.stringify({ problems, said }) };
  if (code !== 0) return { outcome: "failed after the seal", detail: said.at(-1) ?? "" };
  const statuses = statusesOf(manifest);
  const missing = await missingFrom(world, stored);
  for (const [source, names] of Object.entries(missing)) {
    const record = manifest.sources.find((one) => one.source === source);
    const named = record === undefined || (record.status !== "complete" && record.gaps.length > 0);
    if (names.length > 0 && (!named || manifest.complete))
      return {
        outcome: "WRONG: sealed as complete and is not",
        detail: `${source} lacks ${names.join(", ")}`,
      };
  }
  // What an undisturbed capture of this world has is there, or its source says that something is missing.
  const lost = lostItems(manifest, incident, baseline).filter((name) => {
    const record = manifest.sources.find(({ source }) => source === sourceAt(name));
    return record === undefined || record.gaps.length === 0;
  });
  if (lost.length > 0 && manifest.gaps.length === 0)
    return { outcome: "WRONG: lacks items and does not say so", detail: lost.join(", ") };
  const worse = Object.entries(statuses).filter(([source, status]) => status !== baseline.statuses[source]);
  const unnamed = worse.filter(([, status]) => /^(partial|failed)$/.test(status));
  if (unnamed.length > 0) return { outcome: "WRONG: partial without a gap", detail: JSON.stringify(unnamed) };
  if (!(await ledgerKinds(world, incident)).includes("capture-sealed"))
    return { outcome: "WRONG: sealed and not announced", detail: output.slice(-2000) };
  return worse.length === 0
    ? { outcome: "complete", detail: said.join(" ") }
    : { outcome: "partial", detail: JSON.stringify(worse) };
}

/** The source whose item lies at a place of the capture. */
function sourceAt(name: string): string {
  const [folder = ""] = name.split("/");
  const others: Record<string, string> = {
    ssm: "ssm-parameter",
    s3: "audit-logs",
    "github-runs": "github-actions",
    iam: "ecs",
    entra: "entra-sign-in",
  };
  return others[folder] ?? folder;
}

function countOf(rounds: readonly Round[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of rounds) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A line for each operation: how its faults ended, with how many of the calls. */
function tableOf(rounds: readonly Round[]): string[] {
  const lines = new Map<string, Map<string, number>>();
  for (const { operation, fault, outcome } of rounds) {
    const line = lines.get(operation) ?? new Map<string, number>();
    lines.set(operation, line.set(`${fault}: ${outcome}`, (line.get(`${fault}: ${outcome}`) ?? 0) + 1));
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([operation, line]) =>
        `${operation} | ${[...line].map(([cell, count]) => `${cell} ×${count}`).join(" | ")}`,
    );
}
