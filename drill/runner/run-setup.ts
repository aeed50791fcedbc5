import { resolve } from "node:path";
import type { RunHost, RunRecord } from "../contracts.ts";
import { ConcurrencyTable } from "./concurrency.ts";
import { eventPayload, githubContext } from "./event-payload.ts";
import type { DispatchInputs } from "./inputs.ts";
import { OidcEndpoint } from "./oidc-endpoint.ts";
import { graceAt } from "./process.ts";
import { defaultReplacements } from "./replacements.ts";
import type { RunOptions } from "./run.ts";
import type { RunContext } from "./run-context.ts";

/** What the jobs of an attempt share, from the options of the run. */
export function createContext(
  options: RunOptions,
  record: RunRecord,
  inputs: DispatchInputs,
  workDir: string,
): RunContext {
  const { workflow, event, host, clock } = options;
  const [owner = ""] = host.repository.split("/");
  const facts = { name: event.name, actor: event.actor, inputs: inputs.text, payload: event.payload ?? {} };
  const payload = eventPayload(facts, workflow, host);
  const runNumber = numberOf(host, workflow.path, record.id);
  return {
    host,
    clock,
    run: record,
    runNumber,
    eventName: event.name,
    eventPayload: payload,
    github: githubContext(host, record, workflow, payload, runNumber, event.ref),
    vars: host.variables(null),
    workspaceSource: resolve(options.workspaceSource),
    toolEnv: options.toolEnv ?? {},
    replacements: options.replacements ?? defaultReplacements,
    concurrency: options.concurrency ?? new ConcurrencyTable(),
    artifactsDir: options.artifactsDir ?? null,
    workDir,
    grace: options.grace ?? graceAt(clock.speed),
    oidc: new OidcEndpoint(
      (job, audience) => host.mintOidcToken(job, audience),
      `${host.serverUrl}/${owner}`,
    ),
    annotations: [],
    jobStatus: new Map(),
    emit: options.onEvent ?? (() => {}),
  };
}

const runNumbers = new WeakMap<RunHost, Map<string, Map<number, number>>>();

/** The run's number among all runs of its workflow, from 1; the same for every attempt. */
function numberOf(host: RunHost, path: string, runId: number): number {
  const paths = runNumbers.get(host) ?? new Map<string, Map<number, number>>();
  runNumbers.set(host, paths);
  const runs = paths.get(path) ?? new Map<number, number>();
  paths.set(path, runs);
  const number = runs.get(runId) ?? runs.size + 1;
  runs.set(runId, number);
  return number;
}
