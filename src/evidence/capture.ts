import { describeError, FirebreakError } from "../errors.ts";
import { preserveCommand } from "../incident/commands.ts";
import { personBehind } from "../incident/person.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import type { CaptureSource } from "../runbook/schema.ts";
import { listKeys } from "../vault/vault.ts";
import { attest } from "./attestation/attest.ts";
import { type CaptureChoice, chooseCapture } from "./capture-id.ts";
import { collectSources } from "./collect.ts";
import type { Collected, SourceContext } from "./context.ts";
import { ItemList, tallyBySource } from "./item-list.ts";
import { makeLabel, writeLabel } from "./label.ts";
import { abortLeftovers } from "./leftovers.ts";
import { type CaptureManifest, captureFolder, type Gap, type SealedCapture } from "./manifest.ts";
import { patiently } from "./patience.ts";
import { seal } from "./seal.ts";
import { sealedComment } from "./sealed-comment.ts";
import { observeService } from "./service-view.ts";
import { findStrays } from "./strays.ts";
import { checkProtection } from "./vault-protection.ts";

/**
 * Preserves an incident's evidence: label, sources side by side, seal, announcement in ledger and issue.
 *
 * Started again after it was killed, it goes on in the same capture; started again after it was sealed, it changes
 * nothing and returns the same.
 * @throws FirebreakError `capture-failed` when nothing could be collected, or the capture could not be labelled or
 * sealed; the ledger says so.
 */
export async function preserve(
  deps: RecordDeps,
  record: IncidentRecord,
  sources: readonly CaptureSource[],
): Promise<SealedCapture> {
  const announced = (capture: string) =>
    record.all("capture-sealed").some(({ data }) => data.capture === capture) &&
    record.all("capture-signed").some(({ data }) => data.capture === capture);
  const choice = await chooseCapture(record.vault, record.id, deps.context, announced);
  try {
    const sealed = await collectAndSeal(deps, record, choice, sources);
    await announce(deps, record, sealed);
    return sealed;
  } catch (error) {
    const capture = "sealed" in choice ? choice.sealed.capture : choice.collect;
    const message = error instanceof Error ? error.message : String(error);
    const key = `capture-failed/${capture}/${deps.context.runAttempt}`;
    await record.append("capture-failed", { capture, message }, key).catch((cause: unknown) => {
      deps.log.warning(`The ledger could not be told of the failure: ${describeError(cause)}`);
    });
    if (error instanceof FirebreakError) throw error;
    throw failure(record, `The capture ${capture} could not be sealed: ${message}`, error);
  }
}

async function collectAndSeal(
  deps: RecordDeps,
  record: IncidentRecord,
  choice: CaptureChoice,
  sources: readonly CaptureSource[],
): Promise<SealedCapture> {
  if ("sealed" in choice) {
    deps.log.info(`Capture ${choice.sealed.capture} is sealed already.`);
    return choice.sealed;
  }
  const capture = choice.collect;
  const window = { from: new Date(record.facts.window.from), to: deps.clock.now() };
  const started = {
    capture,
    sources: [...sources],
    from: window.from.toISOString(),
    to: window.to.toISOString(),
  };
  await record.append("capture-started", started, `capture-started/${capture}`);

  const exportedBy = await personBehind(deps);
  const { id: incident, facts } = record;
  const label = await writeLabel(
    record.vault,
    makeLabel({ incident, capture, facts, exportedBy, now: deps.clock.now() }),
  );

  const gaps = leftOut(deps, record, capture, sources);
  const vaultProtection = await checkProtection(record.vault, deps);
  const context = await sourceContext(deps, record, capture, window);
  const results = await collectSources(sources, context);
  if (results.every((result) => result.record.status === "failed")) {
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
  await record.refresh();
  const made = { capture, window, label, results, items, gaps, vaultProtection };
  return seal(record.vault, deps.clock, manifestOf(deps, record, made));
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

async function sourceContext(
  deps: RecordDeps,
  record: IncidentRecord,
  capture: string,
  window: { from: Date; to: Date },
): Promise<Omit<SourceContext, "progress">> {
  const { target, vault, id: incident } = record;
  const { clock, log } = deps;
  const folder = captureFolder(incident, capture);
  const aws = deps.aws(target.region);
  const present = new Set(await patiently(clock, () => listKeys(vault, folder)));
  if (present.size > 1)
    log.info(`Going on with capture ${capture}: ${present.size} objects are there already.`);
  const leftovers = await abortLeftovers(vault, clock, folder);
  if (leftovers > 0) log.info(`${leftovers} unfinished uploads of an interrupted run were aborted.`);
  let view: ReturnType<typeof observeService> | undefined;
  const service = () => {
    view ??= observeService(aws, clock, target);
    return view;
  };
  const { owner, repo } = deps.context;
  const outside = { aws, awsIn: deps.aws, github: deps.github, repository: { owner, repo } };
  return { ...outside, vault, clock, log, target, incident, capture, folder, window, present, service };
}

function manifestOf(
  deps: RecordDeps,
  record: IncidentRecord,
  made: Pick<CaptureManifest, "capture" | "label" | "items" | "vaultProtection"> & {
    window: { from: Date; to: Date };
    results: readonly Collected[];
    gaps: Gap[];
  },
): CaptureManifest {
  const { capture, label, items, window, results, gaps, vaultProtection } = made;
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
    ledgerHead: record.entries.at(-1)?.sha256 ?? "",
    complete: gaps.length === 0 && results.every((result) => result.record.status === "complete"),
    gaps,
    vaultProtection,
    sources: results.map((result) => result.record),
    items,
  };
}

/**
 * Ledger entry, signature and comment. Each is written once, so a run that was killed in between makes up for it.
 * The entry comes first: nobody has to wait for a time-stamp to contain.
 */
async function announce(deps: RecordDeps, record: IncidentRecord, sealed: SealedCapture): Promise<void> {
  const { capture, manifest, key, sha256, versionId } = sealed;
  const tallyOf = tallyBySource(manifest.items);
  const data = {
    capture,
    manifestKey: key,
    manifestSha256: sha256,
    manifestVersionId: versionId,
    complete: manifest.complete,
    items: manifest.items.length,
    bytes: manifest.items.reduce((sum, { size }) => sum + size, 0),
    sources: manifest.sources.map(({ source, status, gaps }) => ({
      source,
      status,
      items: tallyOf(source).items,
      gaps: gaps.length,
    })),
  };
  await record.append("capture-sealed", data, `capture-sealed/${capture}`);
  const signed = await attest(deps, record, sealed);
  await record.comment(`capture-sealed/${capture}`, sealedComment(record.vault.bucket, sealed, signed));
}

function failure(record: IncidentRecord, message: string, cause?: unknown): FirebreakError {
  return new FirebreakError(
    "capture-failed",
    message,
    `Mend what the message names, then run ${preserveCommand(record)}`,
    cause === undefined ? {} : { cause },
  );
}
