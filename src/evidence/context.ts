import type { EntryData } from "../incident/entries.ts";
import type { ActionDeps, Aws, Clock, GitHub, Log } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import type { ManifestItems } from "./item-list.ts";
import type { SealedCapture } from "./manifest.ts";
import type { ReportProgress } from "./progress.ts";
import type { Scheduler } from "./scheduler.ts";
import type { ServiceView } from "./service-view.ts";
import type { ManifestItem, ManifestSource } from "./source-schema.ts";

/** What a source is given to collect into a capture. */
export interface SourceContext {
  aws: Aws;
  /** The clients of another region: global services are recorded in one of their own. */
  awsIn: (region: string) => Aws;
  github: GitHub;
  graph: ActionDeps["graph"];
  /** The checked-out repository, as an absolute path. */
  workspace: string;
  /** Where the workflows run. */
  repository: { owner: string; repo: string };
  vault: Vault;
  clock: Clock;
  /** When each call may leave; this source's entrance. */
  scheduler: Scheduler;
  log: Log;
  target: Target;
  runbook: Runbook;
  /**
   * Asks for what only comes later: one ledger entry a request, however often it is asked until it is settled.
   * @returns the request's name in the ledger.
   */
  request: (asked: Omit<EntryData<"evidence-requested">, "capture">) => Promise<string>;
  /**
   * Says how a request ended. The ledger says so once the capture is sealed and announced: a run that is killed before
   * has settled nothing, and the next one finds the request open.
   */
  settle: (
    request: string,
    outcome: EntryData<"request-settled">["outcome"],
    message: string,
  ) => Promise<void>;
  /**
   * Empty in an incident's ordinary capture. In a supplementary one: the sealed captures that it adds to, oldest
   * first; `window` is theirs, and a source collects only what they lack.
   */
  earlier: readonly SealedCapture[];
  incident: string;
  /** The incident's type, and the user or role that it is about; null when none is known yet. */
  incidentType: string;
  principal: string | null;
  capture: string;
  /** `incidents/INC-42/captures/<capture>/`. */
  folder: string;
  /** The evidence window, UTC. */
  window: { from: Date; to: Date };
  /** Keys that lay in the folder when this run began: what an interrupted run has collected already. */
  present: ReadonlySet<string>;
  /** The ECS service as it runs, looked at once for all sources. */
  service: () => Promise<ServiceView>;
  progress: ReportProgress;
}

export interface SourceResult<
  Source extends ManifestSource = ManifestSource,
  Items extends ManifestItems = ManifestItem[],
> {
  record: Source;
  items: Items;
}

/** What any source gives: few items as an array, many as a list on the disk. */
export type Collected = SourceResult<ManifestSource, ManifestItems>;
