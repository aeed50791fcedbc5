import { readFileSync } from "node:fs";
import type { EntryData, EntryKind, IncidentFacts, LedgerEntry } from "../../src/incident/entries.ts";
import type { ActionDeps, Clock, RunContext } from "../../src/ports.ts";
import { checkRunbook } from "../../src/runbook/check.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { sha256 } from "../../src/vault/digest.ts";

/** The repository's own runbook. */
export function ownRunbook(): Runbook {
  const { runbook } = checkRunbook(readFileSync(new URL("../../runbook.yml", import.meta.url), "utf8"));
  if (!runbook) throw new Error("runbook.yml is not valid");
  return runbook;
}

export const context: RunContext = {
  owner: "acme",
  repo: "platform",
  runId: 7001,
  runAttempt: 1,
  job: "declare",
  workflow: "Incident",
  actor: "oncall",
  serverUrl: "https://github.example",
  workspace: process.cwd(),
};

/** For what never asks Microsoft Graph. */
export const noGraph: ActionDeps["graph"] = () => ({
  get: () => Promise.reject(new Error("this test has no Microsoft Graph")),
  send: () => Promise.reject(new Error("this test has no Microsoft Graph")),
  trySecret: () => Promise.reject(new Error("this test has no Microsoft Graph")),
});

/** For what posts to no webhook. */
export const noWebhook: ActionDeps["webhook"] = {
  post: () => Promise.reject(new Error("this test has no webhooks")),
};

/** For what is on GitHub as nobody but the job. */
export const noOtherGitHub: ActionDeps["githubAs"] = () => {
  throw new Error("this test has no other token");
};

/** A clock that moves one second with every look. */
export function tickingClock(start = "2026-11-21T03:00:00.000Z"): Clock {
  let now = Date.parse(start);
  return {
    now: () => {
      now += 1000;
      return new Date(now);
    },
    sleep: async (ms) => {
      now += ms;
    },
  };
}

export function facts(changes: Partial<IncidentFacts> = {}): IncidentFacts {
  return {
    severity: "high",
    type: "service-outage",
    environment: "dev",
    mcp: "servicenow",
    summary: "5xx on every call",
    description: "All calls fail since 02:40.",
    detectedAt: "2026-11-21T02:40:00.000Z",
    window: { from: "2026-11-20T02:40:00.000Z", to: "2026-11-21T03:00:00.000Z" },
    lookbackHours: 24,
    principal: null,
    personalData: false,
    declaredBy: { login: "oncall", name: "Olga Oncall" },
    runId: 7001,
    runUrl: "https://github.example/acme/platform/actions/runs/7001",
    issueUrl: "https://github.example/acme/platform/issues/42",
    ...changes,
  };
}

/** A ledger in memory, for pure functions that read one. */
export class LedgerBuilder {
  readonly entries: LedgerEntry[] = [];

  /** @param mcp of an entry that is about another mcp than the declared one. */
  add<Kind extends EntryKind>(kind: Kind, data: EntryData<Kind>, at?: string, mcp?: string): this {
    const sequence = this.entries.length + 1;
    const entry = {
      schema: "firebreak/ledger-entry/v1" as const,
      incident: "INC-42",
      sequence,
      previous: this.entries.at(-1)?.sha256 ?? null,
      at: at ?? new Date(Date.parse("2026-11-21T03:00:00Z") + sequence * 1000).toISOString(),
      ...(mcp === undefined ? {} : { mcp }),
      kind,
      key: `${kind}/${sequence}`,
      by: { login: "oncall", runId: 7001, runAttempt: 1, job: "declare" },
      data,
    };
    this.entries.push({ ...entry, sha256: sha256(JSON.stringify(entry)) } as unknown as LedgerEntry);
    return this;
  }
}
