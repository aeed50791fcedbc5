/** The claims of a job's OIDC token: https://docs.github.com/actions/reference/security/oidc */
import type { JobRecord, RunRecord } from "../contracts.ts";
import type { OidcClaims } from "../oidc.ts";
import type { GitHubSeed } from "./types.ts";

/** `repo:OWNER/NAME`, with the immutable ids of both when the seed says so. */
export function subjectPrefix({ repository, ownerId, repositoryId, immutableSubject }: GitHubSeed): string {
  const [owner, name] = repository.split("/");
  return `repo:${immutableSubject ? `${owner}@${ownerId}/${name}@${repositoryId}` : repository}`;
}

/** The prefix with the environment or, without one, `pull_request` for that event, or else the ref. */
function subject(seed: GitHubSeed, environment: string | null, event: string): string {
  const ref = event === "pull_request" ? "pull_request" : `ref:refs/heads/${seed.defaultBranch}`;
  return `${subjectPrefix(seed)}:${environment === null ? ref : `environment:${environment}`}`;
}

export function oidcClaims(
  seed: GitHubSeed,
  run: RunRecord & { runNumber: number },
  job: JobRecord,
  actorId: number,
  audience: string,
): OidcClaims {
  const ref = `refs/heads/${run.headBranch}`;
  const workflowRef = `${seed.repository}/${run.path}@${ref}`;
  return {
    aud: audience,
    sub: subject(seed, job.environment, run.event),
    repository: seed.repository,
    repository_id: String(seed.repositoryId),
    repository_owner: seed.repository.split("/")[0],
    repository_owner_id: String(seed.ownerId),
    repository_visibility: (seed.private ?? true) ? "private" : "public",
    run_id: String(run.id),
    run_number: String(run.runNumber),
    run_attempt: String(job.attempt),
    runner_environment: "github-hosted",
    actor: run.triggeringActor,
    actor_id: String(actorId),
    workflow: run.name,
    workflow_ref: workflowRef,
    workflow_sha: run.headSha,
    job_workflow_ref: workflowRef,
    job_workflow_sha: run.headSha,
    event_name: run.event,
    ref,
    ref_type: "branch",
    ref_protected: "true",
    head_ref: "",
    base_ref: "",
    sha: run.headSha,
    ...(job.environment === null ? {} : { environment: job.environment }),
    // Not GitHub's: tells the simulated STS whose call it is, for the call log.
    job_workflow_job: job.key,
  };
}
