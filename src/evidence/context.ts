import type { Aws, Clock, GitHub, Log } from "../ports.ts";
import type { Target } from "../runbook/target.ts";
import type { Vault } from "../vault/vault.ts";
import type { ManifestItems } from "./item-list.ts";
import type { ManifestItem, ManifestSource } from "./manifest.ts";
import type { ReportProgress } from "./progress.ts";
import type { ServiceView } from "./service-view.ts";

/** What a source is given to collect into a capture. */
export interface SourceContext {
  aws: Aws;
  /** The clients of another region: global services are recorded in one of their own. */
  awsIn: (region: string) => Aws;
  github: GitHub;
  /** Where the workflows run. */
  repository: { owner: string; repo: string };
  vault: Vault;
  clock: Clock;
  log: Log;
  target: Target;
  incident: string;
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
