import { createAws } from "../src/clients/aws.ts";
import { createGitHub } from "../src/clients/github.ts";
import { IncidentRecord, type RecordDeps } from "../src/incident/record.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import type { World } from "./world.ts";

/** Starts the incident's ledger, as open-incident does. */
export async function declare(
  world: World,
  incident: number,
  environment: string,
  mcp: string,
): Promise<void> {
  const session = world.aws.sessions.issue({ roleArn: world.target.evidenceRole, job: "declare" });
  process.env.AWS_ENDPOINT_URL = world.aws.url;
  process.env.AWS_ACCESS_KEY_ID = session.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = session.secretAccessKey;
  process.env.AWS_SESSION_TOKEN = session.sessionToken;
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  const noGraph = () => Promise.reject(new Error("the bench has no Microsoft Graph"));
  const deps: RecordDeps = {
    aws: createAws,
    github: createGitHub("bench-token", world.githubUrl, log),
    graph: () => ({ get: noGraph, send: noGraph, trySecret: noGraph }),
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log,
    context: {
      owner: "acme",
      repo: "platform",
      runId: 7001,
      runAttempt: 1,
      job: "declare",
      workflow: "Incident",
      actor: "oncall",
      serverUrl: "https://github.example",
      workspace: process.cwd(),
    },
  };
  const now = Date.now();
  const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  const runbook = await loadRunbook(new URL("../runbook.yml", import.meta.url).pathname);
  await IncidentRecord.start(deps, runbook, incident, {
    severity: "high",
    type: "service-outage",
    environment,
    mcp,
    summary: "bench",
    description: "Measures preserve.",
    detectedAt: hoursAgo(1),
    window: { from: hoursAgo(24), to: hoursAgo(0) },
    lookbackHours: 24,
    principal: null,
    personalData: false,
    declaredBy: { login: "oncall", name: "Olga Oncall" },
    runId: 7001,
    runUrl: "https://github.example/acme/platform/actions/runs/7001",
    issueUrl: `https://github.example/acme/platform/issues/${incident}`,
  });
}
