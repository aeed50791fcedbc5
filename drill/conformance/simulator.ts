/** The drill's own simulated AWS as a world for the conformance suite. */
import { createAutoscaling } from "../aws/autoscaling.ts";
import { createEcs } from "../aws/ecs/index.ts";
import { createLogs } from "../aws/logs/index.ts";
import { createAws } from "../aws/server.ts";
import { createSsm } from "../aws/ssm/index.ts";
import { CallLog } from "../calls.ts";
import { createClock } from "../clock.ts";
import { OidcIssuer } from "../oidc.ts";
import { createRandom } from "../random.ts";
import { createClients } from "./clients.ts";
import { fresh, type World } from "./world.ts";

const ACCOUNT = "123456789012";
const REGION = "eu-central-1";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/conformance`;
const AUDIENCE = "sts.amazonaws.com";
const SUBJECT = "repo:o/r:environment:e";
/** Fast enough that the published quotas, which hold here too, are never reached. */
const SPEED = 500;
/** Long enough that an export is still running when the next one is asked for. */
const EXPORT_MS = 12 * 3600_000;

/** Starts the simulator. Call `close` when done. */
export async function startSimulator(): Promise<{ world: World; close: () => Promise<void> }> {
  const clock = createClock({ speed: SPEED });
  const random = createRandom(42);
  const logs = createLogs({ clock, random: random.fork("logs"), exports: { durationMs: EXPORT_MS } });
  const ssm = createSsm({ clock });
  const ecs = createEcs({
    clock,
    random: random.fork("ecs"),
    region: REGION,
    accountId: ACCOUNT,
    hooks: { resolveSecret: (from) => ssm.store.resolveForTask(from), appendLog: () => {} },
  });
  const scaling = createAutoscaling({ clock, random: random.fork("scaling"), services: ecs.scaling });
  const oidc = new OidcIssuer();
  const aws = await createAws({
    clock,
    oidc,
    calls: new CallLog(),
    accountId: ACCOUNT,
    region: REGION,
    services: [logs.service, ssm.service, ecs.service, scaling.service],
    // The clients sign with real time, the endpoint lives in simulated time.
    maxClockSkewMs: Number.POSITIVE_INFINITY,
  });
  aws.sts.trust({ roleArn: ROLE, audience: AUDIENCE, subjects: [SUBJECT] });
  const session = aws.sessions.issue({ roleArn: ROLE, durationSeconds: 365 * 86_400 });
  const { clients, close } = createClients(aws.url, REGION, session);
  const world: World = {
    ...clients,
    roleArn: ROLE,
    now: () => clock.now(),
    webIdentityToken: () => oidc.mint({ sub: SUBJECT, aud: AUDIENCE }, clock.now()),
    bucket: async ({ locked = false } = {}) => {
      const lock = locked ? { defaultRetention: null } : null;
      return aws.s3.createBucket(fresh("bucket"), { lock }).name;
    },
    logGroup: async () => logs.store.seedGroup({ name: `/conformance/${fresh("group")}` }).name,
    topic: async () => aws.sns.seedTopic(fresh("topic")),
    sender: async () => {
      const address = `${fresh("sender")}@example.com`;
      aws.ses.verify(address);
      return address;
    },
    service: async () => {
      const [cluster, service] = [fresh("cluster"), fresh("service")];
      ecs.seed({
        clusters: [cluster],
        taskDefinitions: [{ family: service, containers: [{ name: "app", image: "example/app:1" }] }],
        services: [{ name: service, cluster, taskDefinition: service, desiredCount: 2 }],
      });
      return { cluster, service };
    },
  };
  return {
    world,
    close: async () => {
      scaling.close();
      close();
      await aws.close();
    },
  };
}
