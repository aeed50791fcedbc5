/** The simulated platform as the bench seeds it: one service under fire, in simulated time that runs at real speed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { seedTaskRoles } from "../drill/aws/iam/task-roles.ts";
import { exportStatements } from "../drill/aws/logs/export-to-s3.ts";
import type { SimulatedAws } from "../drill/aws/server.ts";
import type { JsonService } from "../drill/aws/service.ts";
import { startServices } from "../drill/aws/services.ts";
import { CallLog } from "../drill/calls.ts";
import { createClock } from "../drill/clock.ts";
import { OidcIssuer } from "../drill/oidc.ts";
import { createRandom } from "../drill/random.ts";
import type { Runbook } from "../src/runbook/schema.ts";
import { resolveTarget, type Target } from "../src/runbook/target.ts";
import { auditObjects, HOURS, STREAMS, streamGenerator, trailEvents, type Volume } from "./seeds.ts";

export interface World {
  aws: SimulatedAws;
  calls: CallLog;
  target: Target;
  githubUrl: string;
  /** When what is seeded began, in milliseconds since the epoch. */
  start: number;
  logQuotas: JsonService["quotas"];
  trailQuotas: JsonService["quotas"];
  close(): Promise<void>;
}

const ACCOUNT = "111122223333";
const TASKS = 4;
const HOUR_MS = 3_600_000;
/** Every call's way there and back, AWS's and GitHub's alike. */
export const LATENCY_MS = 30;

/** Starts it and seeds it. The same volume always gives the same events and objects. */
export async function startWorld(
  runbook: Runbook,
  environment: string,
  mcp: string,
  volume: Volume,
): Promise<World> {
  const target = resolveTarget(runbook, environment, mcp);
  const clock = createClock({ speed: 1 });
  const random = createRandom(5);
  const calls = new CallLog();
  const { aws, ecs, ssm, logs, kms, ...services } = await startServices({
    clock,
    random,
    calls,
    oidc: new OidcIssuer(),
    accountId: ACCOUNT,
    region: target.region,
    latencyMs: LATENCY_MS,
  });
  ssm.store.seed({
    name: target.parameter,
    value: random.hex(40),
    modifiedBy: `arn:aws:iam::${ACCOUNT}:user/terraform`,
  });
  const taskIds = Array.from({ length: TASKS }, (_, index) => random.fork(`task ${index}`).hex(32));
  ecs.seed({
    clusters: [target.cluster],
    taskDefinitions: [
      {
        family: target.service,
        containers: [
          { name: "app", image: "example/app:1", awslogs: { group: target.logGroup, streamPrefix: "ecs" } },
        ],
      },
    ],
    services: [
      {
        name: target.service,
        cluster: target.cluster,
        taskDefinition: `${target.service}:1`,
        desiredCount: TASKS,
        tasks: taskIds.map((id) => ({ id })),
      },
    ],
  });
  const start = clock.now() - HOURS * HOUR_MS;
  seedTaskRoles(aws.iam.store, {
    service: target.service,
    accountId: ACCOUNT,
    region: target.region,
    parameter: target.parameter,
    now: start,
  });
  for (let stream = 0; stream < STREAMS; stream += 1) {
    const name = `ecs/app/${taskIds[stream] ?? random.fork(`old task ${stream}`).hex(32)}`;
    logs.store.seedStream({
      group: target.logGroup,
      name,
      createdAt: start,
      generator: streamGenerator(volume, stream, start),
    });
  }
  aws.s3.createBucket(target.vault, { lock: { defaultRetention: { mode: "COMPLIANCE", days: 365 } } });
  aws.s3.createBucket(target.auditBucket);
  aws.s3.seedMany(target.auditBucket, auditObjects(target, volume, start));
  if (target.logExportBucket !== null) {
    const Statement = exportStatements(target.logExportBucket, target.region);
    aws.s3.createBucket(target.logExportBucket, { policy: { Version: "2012-10-17", Statement } });
  }
  for (const event of trailEvents(volume, start)) aws.cloudtrail.seed(event);
  seedTrail(aws, target, start);
  const [signingAlias] = /alias\/.+$/.exec(target.signingKey ?? "") ?? [];
  if (signingAlias !== undefined) kms.store.seed({ alias: signingAlias, createdAt: start });
  const github = await startGitHub();
  return {
    aws,
    calls,
    target,
    githubUrl: github.url,
    start,
    logQuotas: logs.service.quotas,
    trailQuotas: aws.cloudtrail.service().quotas,
    close: async () => {
      github.close();
      await services.close();
    },
  };
}

/** The runbook's trail, into a bucket of its own. Its files are made when somebody looks. */
function seedTrail(aws: SimulatedAws, { trail }: Target, start: number): void {
  if (trail === null) return;
  const name = trail.slice(trail.lastIndexOf("/") + 1);
  const bucket = `${name}-${ACCOUNT}`;
  aws.s3.createBucket(bucket);
  aws.cloudtrail.createTrail({ name, bucket, since: start - 4 * HOUR_MS });
}

/** What little of GitHub a capture asks for: no comments yet, no workflow runs, and a name. */
function answer(method: string, path: string): unknown {
  if (method === "GET" && path.includes("/comments")) return [];
  if (method === "GET" && path.includes("/actions/runs")) return { total_count: 0, workflow_runs: [] };
  if (path.startsWith("/users/")) return { login: "oncall", name: "Olga Oncall" };
  return { number: 1, labels: [] };
}

/** The few answers of GitHub that preserve needs; the drill has the whole. */
async function startGitHub(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    const body = answer(request.method ?? "", request.url ?? "");
    setTimeout(() => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    }, LATENCY_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
