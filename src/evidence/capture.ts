import { describeError, FirebreakError } from "../errors.ts";
import { preserveCommand } from "../incident/commands.ts";
import { personBehind } from "../incident/person.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import type { CaptureSource } from "../runbook/evidence-schema.ts";
import { announce } from "./announce.ts";
import { type CaptureChoice, chooseCapture } from "./capture-id.ts";
import { collectSources } from "./collect.ts";
import type { Collected, SourceContext } from "./context.ts";
import { writeIndex } from "./index-page/write.ts";
import { ItemList } from "./item-list.ts";
import { makeLabel, writeLabel } from "./label.ts";
import { recordLateObjects } from "./late-objects.ts";
import type { CaptureManifest, SealedCapture } from "./manifest.ts";
import { seal } from "./seal.ts";
import { type Settlement, settleRequests, sourceContext, windowOf } from "./source-context.ts";
import type { Gap } from "./source-schema.ts";
import { findStrays } from "./strays.ts";
import { checkProtection } from "./vault-protection.ts";

export interface PreserveOptions {
  /** The sealed captures that this one adds to, oldest first. */
  supplements?: readonly SealedCapture[];
  /** Collects in place of the sources: what somebody has delivered. */
  collect?: Collect | undefined;
}

type Collect = (context: Omit<SourceContext, "progress">) => Promise<Collected[]>;

interface Asked {
  sources: readonly CaptureSource[];
  supplements: readonly SealedCapture[];
  collect: Collect | undefined;
  /** Filled while the sources are collected. */
  settled: Settlement[];
}

/**
 * Preserves an incident's evidence: label, sources side by side, seal, announcement in ledger and issue.
 *
 * Started again after it was killed, it goes on in the same capture; started again after it was sealed, it changes
 * nothing and returns the same.
 *
 * With `supplements` the capture adds to sealed ones, which are given oldest first, the ordinary one that began the
 * chain before all others: its window is theirs, each source collects what they lack, and its manifest names the newest
 * of them. A source that fails again is recorded as failed.
 * @throws FirebreakError `capture-failed` when nothing could be collected, or the capture could not be labelled, sealed
 * or announced; the ledger says so, where it can be written.
 */
export async function preserve(
  deps: RecordDeps,
  record: IncidentRecord,
  sources: readonly CaptureSource[],
  { supplements = [], collect }: PreserveOptions = {},
): Promise<SealedCapture> {
  const [addsTo] = supplements;
  const announced = (capture: string) =>
    record.all("capture-sealed").some(({ data }) => data.capture === capture) &&
    record.all("capture-signed").some(({ data }) => data.capture === capture);
  const choice = await chooseCapture(record, deps.context, announced, addsTo?.capture);
  const settled: Settlement[] = [];
  let sealed: SealedCapture | undefined;
  try {
    sealed = await collectAndSeal(deps, record, choice, { sources, supplements, collect, settled });
    await announce(deps, record, sealed, addsTo);
    await settleRequests(record, sealed, settled);
    await recordLateObjects(deps, record, sealed);
    return sealed;
  } catch (error) {
    const capture = "sealed" in choice ? choice.sealed.capture : choice.collect;
    const message = error instanceof Error ? error.message : String(error);
    const key = `capture-failed/${capture}/${deps.context.runAttempt}`;
    await record.append("capture-failed", { capture, message }, key).catch((cause: unknown) => {
      deps.log.warning(`The ledger could not be told of the failure: ${describeError(cause)}`);
    });
    if (error instanceof FirebreakError) throw error;
    const what = sealed
      ? `is sealed, and the ledger could not be told all of it (to a verifier the seal is unannounced until it is)`
      : "could not be sealed";
    throw failure(record, `The capture ${capture} ${what}: ${message}`, error);
  }
}

async function collectAndSeal(
  deps: RecordDeps,
  record: IncidentRecord,
  choice: CaptureChoice,
  { sources, supplements, collect, settled }: Asked,
): Promise<SealedCapture> {
  if ("sealed" in choice) {
    deps.log.info(`Capture ${choice.sealed.capture} is sealed already.`);
    return choice.sealed;
  }
  const capture = choice.collect;
  const window = windowOf(deps, record, supplements);
  const started = {
    capture,
    sources: [...sources],
    from: window.from.toISOString(),
    to: window.to.toISOString(),
    ...(supplements[0] ? { supplements: supplements[0].capture } : {}),
  };
  await record.append("capture-started", started, `capture-started/${capture}`);

  const incident = record.id;
  const gaps = supplements.length > 0 ? [] : leftOut(deps, record, capture, sources);
  const [label, vaultProtection, context] = await Promise.all([
    labelCapture(deps, record, capture),
    checkProtection(record.vault, deps),
    sourceContext(deps, record, { capture, window, supplements, settled }),
  ]);
  const results = await (collect ? collect(context) : collectSources(sources, context));
  if (supplements.length === 0 && results.every((result) => result.record.status === "failed")) {
    const reasons = results.flatMap((result) => result.record.gaps.map(({ what, why }) => `${what}: ${why}`));
    throw failure(record, `No source could be collected. ${reasons.join("; ")}`);
  }
  const items = new ItemList();
  for (const result of results) for (const item of result.items) items.push(item);
  const strays = await findStrays(
    { vault: record.vault, clock: deps.clock },
    { incident, capture, folder: context.folder },
    items,
  );
  for (const item of strays) items.push(item);
  const made = { capture, window, label, results, items, gaps, vaultProtection, supplements };
  const page = await writeIndex({ ...deps, vault: record.vault }, manifestOf(deps, record, made));
  for (const item of page.items) items.push(item);
  gaps.push(...page.gaps);
  await record.refresh();
  return seal(record.vault, deps.clock, manifestOf(deps, record, made));
}

async function labelCapture(
  deps: RecordDeps,
  record: IncidentRecord,
  capture: string,
): Promise<CaptureManifest["label"]> {
  const exportedBy = await personBehind(deps);
  const facts = { ...record.facts, severity: record.severity };
  const now = deps.clock.now();
  return writeLabel(record.vault, makeLabel({ incident: record.id, capture, facts, exportedBy, now }));
}

/** The sources that the runbook collects and that were not asked for: with one of them the capture is not complete. */
function leftOut(
  { log }: RecordDeps,
  record: IncidentRecord,
  capture: string,
  sources: readonly CaptureSource[],
): Gap[] {
  const missing = record.runbook.evidence.collect.filter((source) => !sources.includes(source));
  if (missing.length > 0)
    log.warning(
      `Capture ${capture} will not be complete: ${missing.join(", ")} was not asked for, and the runbook collects it.`,
    );
  return missing.map((what) => ({ what, why: "not asked for" }));
}

function manifestOf(
  deps: RecordDeps,
  record: IncidentRecord,
  made: Pick<CaptureManifest, "capture" | "label" | "items" | "vaultProtection"> & {
    window: { from: Date; to: Date };
    results: readonly Collected[];
    gaps: Gap[];
    supplements: readonly SealedCapture[];
  },
): CaptureManifest {
  const { capture, label, items, window, results, gaps, vaultProtection, supplements } = made;
  const newest = supplements.at(-1);
  const { owner, repo, runId, runAttempt, workflow, job, actor } = deps.context;
  const started = record.all("capture-started").find(({ data }) => data.capture === capture);
  return {
    schema: "firebreak/manifest/v1",
    incident: record.id,
    capture,
    environment: record.target.environment,
    mcp: record.target.mcp,
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    startedAt: started?.at ?? window.to.toISOString(),
    sealedAt: deps.clock.now().toISOString(),
    run: { id: runId, attempt: runAttempt, repository: `${owner}/${repo}`, workflow, job, actor },
    label,
    ...(newest ? { supplements: { capture: newest.capture, manifestSha256: newest.sha256 } } : {}),
    ledgerHead: record.chain.at(-1)?.sha256 ?? "",
    complete: gaps.length === 0 && results.every((result) => result.record.status === "complete"),
    gaps,
    vaultProtection,
    sources: results.map((result) => result.record),
    items,
  };
}

function failure(record: IncidentRecord, message: string, cause?: unknown): FirebreakError {
  return new FirebreakError(
    "capture-failed",
    message,
    `Mend what the message names, then run ${preserveCommand(record)}`,
    cause === undefined ? {} : { cause },
  );
}
