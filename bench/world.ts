/** The simulated platform as the bench seeds it: one service under fire, in simulated time that runs at real speed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAutoscaling } from "../drill/aws/autoscaling.ts";
import { createEcs } from "../drill/aws/ecs/index.ts";
import { createLogs } from "../drill/aws/logs/index.ts";
import { createAws, type SimulatedAws } from "../drill/aws/server.ts";
import { createSsm } from "../drill/aws/ssm/index.ts";
import { CallLog } from "../drill/calls.ts";
import { createClock } from "../drill/clock.ts";
import { OidcIssuer } from "../drill/oidc.ts";
import { createRandom } from "../drill/random.ts";
import type { Runbook } from "../src/runbook/schema.ts";
import { resolveTarget, type Target } from "../src/runbook/target.ts";

export interface Volume {
  /** Log events in all, over `STREAMS` streams. */
  events: number;
  /** Audit objects. */
  objects: number;
}

export interface World {
  aws: SimulatedAws;
  calls: CallLog;
  target: Target;
  githubUrl: string;
  close(): Promise<void>;
}

const ACCOUNT = "111122223333";
const STREAMS = 20;
const TASKS = 4;
const HOUR_MS = 3_600_000;
const HOURS = 20;

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
  const logs = createLogs({ clock, random: random.fork("logs") });
  const ssm = createSsm({ clock });
  const ecs = createEcs({
    clock,
    random: random.fork("ecs"),
    region: target.region,
    accountId: ACCOUNT,
    hooks: {
      resolveSecret: (valueFrom) => ssm.store.resolveForTask(valueFrom),
      appendLog: (group, stream, events) => logs.store.append(group, stream, events),
    },
  });
  const autoscaling = createAutoscaling({ clock, random: random.fork("autoscaling"), services: ecs.scaling });
  const aws = await createAws({
    clock,
    calls,
    oidc: new OidcIssuer(),
    accountId: ACCOUNT,
    region: target.region,
    services: [logs.service, ssm.service, ecs.service, autoscaling.service],
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
  for (let stream = 0; stream < STREAMS; stream += 1) {
    const count = Math.floor(volume.events / STREAMS) + (stream < volume.events % STREAMS ? 1 : 0);
    const name = `ecs/app/${taskIds[stream] ?? random.fork(`old task ${stream}`).hex(32)}`;
    logs.store.seedStream({
      group: target.logGroup,
      name,
      createdAt: start,
      generator: eventsOf(stream, count, start),
    });
  }
  aws.s3.createBucket(target.vault, { lock: { defaultRetention: { mode: "COMPLIANCE", days: 365 } } });
  aws.s3.createBucket(target.auditBucket);
  aws.s3.seedMany(target.auditBucket, auditObjects(target, volume.objects, start));
  const github = await startGitHub();
  return {
    aws,
    calls,
    target,
    githubUrl: github.url,
    close: async () => {
      autoscaling.close();
      github.close();
      await aws.close();
    },
  };
}

function eventsOf(stream: number, count: number, start: number) {
  const step = (HOURS * HOUR_MS) / Math.max(count, 1);
  return {
    count,
    at: (index: number) => {
      const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
      const message = `level=info stream=${stream} request=${mixed.toString(16).padStart(8, "0")} tool=search status=${mixed % 7 === 0 ? 500 : 200} ms=${mixed % 900}`;
      return { timestamp: Math.floor(start + index * step), message };
    },
  };
}

function* auditObjects(
  target: Target,
  count: number,
  start: number,
): Generator<{ key: string; body: string; lastModified: number }> {
  const step = (HOURS * HOUR_MS) / Math.max(count, 1);
  for (let index = 0; index < count; index += 1) {
    const lastModified = Math.floor(start + index * step);
    const [day = "", time = ""] = new Date(lastModified).toISOString().split("T");
    const key = `${target.mcp}/${day.replaceAll("-", "/")}/${time.slice(0, 8).replaceAll(":", "")}-${String(index).padStart(8, "0")}.ndjson`;
    yield {
      key,
      lastModified,
      body: `{"time":"${day}T${time}","tool":"search","user":"user-${index % 977}","outcome":"success"}\n`,
    };
  }
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
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
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
