import type { GitHub } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import type { Request } from "./arguments.ts";
import type { Repository } from "./repository.ts";
import type { Reviewer } from "./reviewers.ts";

/** What every area of the set-up looks at. */
export interface Context {
  github: GitHub;
  repository: Repository;
  runbook: Runbook;
  /** Ids of the runbook's environments that this run is about. */
  environments: string[];
  request: Pick<Request, "attest">;
  reviewers: Reviewer[];
  breakGlassReviewers: Reviewer[];
  /** The files of this clone: what the workflows need is read from them. */
  root: string;
  /** Where the runbook stands in it. */
  runbookPath: string;
}

/** The command that applies something, to be copied. */
export function applyCommand({ repository }: Context, ...more: string[]): string {
  return ["npm run setup -- --apply --repository", repository.name, ...more].join(" ");
}
