import type { EntryData } from "../incident/entries.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { listKeys } from "../vault/vault.ts";
import { principalOf } from "./audit-trail/changers.ts";
import type { SourceContext } from "./context.ts";
import { abortLeftovers } from "./leftovers.ts";
import { captureFolder, type SealedCapture } from "./manifest.ts";
import { patiently } from "./patience.ts";
import { Scheduler } from "./scheduler.ts";
import { observeService } from "./service-view.ts";

/** How a request ended, as a source said. */
export type Settlement = Pick<EntryData<"request-settled">, "request" | "outcome" | "message">;

export interface CaptureScope {
  capture: string;
  window: { from: Date; to: Date };
  /** The sealed captures that this one adds to, oldest first. */
  supplements: readonly SealedCapture[];
  /** Filled while the sources are collected. */
  settled: Settlement[];
}

/** From the beginning that was declared to this moment; what adds to a capture has that one's window. */
export function windowOf(
  { clock }: RecordDeps,
  { facts }: IncidentRecord,
  [addsTo]: readonly SealedCapture[],
): { from: Date; to: Date } {
  if (!addsTo) return { from: new Date(facts.window.from), to: clock.now() };
  const { from, to } = addsTo.manifest.window;
  return { from: new Date(from), to: new Date(to) };
}

/** What the sources of a capture share. Aborts the uploads that an interrupted run of the same capture left behind. */
export async function sourceContext(
  deps: RecordDeps,
  record: IncidentRecord,
  { capture, window, supplements: earlier, settled }: CaptureScope,
): Promise<Omit<SourceContext, "progress">> {
  const { target, vault, id: incident } = record;
  const { clock, log } = deps;
  const folder = captureFolder(incident, capture);
  const aws = deps.aws(target.region);
  const present = new Set(await patiently(clock, () => listKeys(vault, folder)));
  if (present.size > 1)
    log.info(`Going on with capture ${capture}: ${present.size} objects are there already.`);
  // Tidying up is no reason to preserve nothing.
  const leftovers = await abortLeftovers(vault, clock, folder).catch((error: Error) => {
    log.warning(`Unfinished uploads could not be looked for: ${error.name}: ${error.message}`);
    return 0;
  });
  if (leftovers > 0) log.info(`${leftovers} unfinished uploads of an interrupted run were aborted.`);
  let view: ReturnType<typeof observeService> | undefined;
  const service = () => {
    view ??= observeService(aws, clock, target);
    return view;
  };
  const { owner, repo, workspace } = deps.context;
  const outside = {
    aws,
    awsIn: deps.aws,
    github: deps.github,
    graph: deps.graph,
    workspace,
    repository: { owner, repo },
  };
  const request: SourceContext["request"] = async (asked) => {
    // What was asked for before and has been settled since is asked for anew.
    const settledBefore = record.all("request-settled").some(({ data }) => data.request === asked.request);
    const name = settledBefore ? `${asked.request}/${capture}` : asked.request;
    await record.append(
      "evidence-requested",
      { ...asked, request: name, capture },
      `evidence-requested/${name}`,
    );
    return name;
  };
  const settle: SourceContext["settle"] = async (request, outcome, message) => {
    settled.push({ request, outcome, message });
  };
  const { runbook } = record;
  const { type: incidentType, principal: declared } = record.facts;
  const principal = principalOf(declared, record.entries, target.accountId);
  const place = { vault, target, runbook, incident, incidentType, principal, capture, folder, window };
  const scheduler = new Scheduler(clock);
  return { ...outside, ...place, clock, scheduler, log, request, settle, earlier, present, service };
}

/** Only what is sealed and announced is delivered. */
export async function settleRequests(
  record: IncidentRecord,
  { capture }: SealedCapture,
  settled: readonly Settlement[],
): Promise<void> {
  for (const { request, outcome, message } of settled) {
    const holding = outcome === "delivered" ? capture : null;
    await record.append(
      "request-settled",
      { request, outcome, capture: holding, message },
      `request-settled/${request}`,
    );
  }
}
