/** The simulated GitHub as the workflow runner sees it. The records that it gives are copies. */
import type { JobRecord, RunHost, RunRecord, TokenPermissions } from "../contracts.ts";
import { isProtected, needsReview } from "./environment-store.ts";
import { oidcClaims } from "./oidc-claims.ts";
import { current } from "./run-store.ts";
import type { World } from "./world.ts";

export function createHost(world: World): RunHost {
  const { clock, seed, runs, tokens, environments, approvals, people, hooks } = world;
  const permissionsOf = new Map<number, TokenPermissions>();

  const mintOidcToken = (jobId: number, audience: string): string => {
    if (permissionsOf.get(jobId)?.["id-token"] !== "write") {
      throw new Error("Unable to get an OIDC token: the job has no permission id-token: write");
    }
    const { record } = runs.job(jobId);
    const stored = runs.get(record.runId);
    const run = { ...current(stored), runNumber: stored.runNumber };
    const actorId = people.get(run.triggeringActor).id;
    return world.oidc.mint(oidcClaims(seed, run, record, actorId, audience), clock.now());
  };

  return {
    repository: seed.repository,
    repositoryId: seed.repositoryId,
    private: seed.private ?? true,
    ownerId: seed.ownerId,
    defaultBranch: seed.defaultBranch,
    get headSha() {
      return world.git.resolve(seed.defaultBranch)?.sha ?? seed.headSha;
    },
    apiUrl: world.urls.api,
    serverUrl: world.urls.server,
    createRun: (run) => {
      for (const login of [run.actor, run.triggeringActor]) people.get(login);
      return { ...runs.createRun(run, clock.now()) };
    },
    newAttempt: (runId, triggeringActor) => {
      people.get(triggeringActor);
      return { ...runs.newAttempt(runId, triggeringActor, clock.now()) };
    },
    updateRun: (runId: number, patch: Partial<RunRecord>) => {
      Object.assign(current(runs.get(runId)), patch);
    },
    createJob: (job) => ({ ...runs.createJob(job, clock.now()) }),
    updateJob: (jobId: number, patch: Partial<JobRecord>) => {
      Object.assign(runs.job(jobId).record, patch);
    },
    setJobLog: (jobId, text) => {
      runs.job(jobId).log = text;
    },
    mintJobToken: (jobId, permissions) => {
      permissionsOf.set(jobId, permissions);
      return tokens.forJob(jobId, runs.job(jobId).record.key, permissions);
    },
    revokeJobToken: (jobId) => {
      permissionsOf.delete(jobId);
      tokens.revokeJob(jobId);
    },
    mintOidcToken,
    enterEnvironment: (name) => ({ protected: isProtected(environments.enter(name, clock.now())) }),
    awaitApproval: (runId, name, signal) => {
      const environment = environments.enter(name, clock.now());
      const verdict = approvals.wait(runId, environment, signal);
      if (needsReview(environment)) {
        hooks.onWaiting?.(runId, environment.name, environment.requiredReviewers);
      }
      return verdict;
    },
    variables: (environment) => ({ ...world.variables.values(), ...environments.variables(environment) }),
    secrets: (environment) => environments.secrets(environment),
  };
}
