/** The simulated Entra with the real client pointed at it. */
import { CallLog } from "../../drill/calls.ts";
import { createClock } from "../../drill/clock.ts";
import type { FaultRule, SimClock } from "../../drill/contracts.ts";
import {
  createEntra as createServer,
  type EntraOptions,
  type SimulatedEntra,
} from "../../drill/entra/server.ts";
import type { SignIn } from "../../drill/entra/sign-ins.ts";
import { Faults } from "../../drill/faults.ts";
import { OidcIssuer } from "../../drill/oidc.ts";
import { createRandom } from "../../drill/random.ts";
import { createEntra } from "../../src/clients/entra.ts";
import { microsoftCloud } from "../../src/clients/microsoft-cloud.ts";
import type { ActionDeps, GraphApplication } from "../../src/ports.ts";

export const APPLICATION: GraphApplication = {
  tenant: "11111111-2222-3333-4444-555555555555",
  clientId: "99999999-8888-7777-6666-555555555555",
};
export const SUBJECT = "repo:acme/platform:ref:refs/heads/main";

export interface EntraPlatform {
  server: SimulatedEntra;
  calls: CallLog;
  graph: ActionDeps["graph"];
  masked: string[];
  /** How long the client slept, in simulated milliseconds, each time. */
  slept: number[];
  /** Paths of the calls that were answered well. */
  paths(): string[];
  close(): Promise<void>;
}

export type EntraPlatformOptions = Partial<EntraOptions> & {
  rules?: FaultRule[];
  grants?: string[];
  /** The subject of the job's token. */
  subject?: string;
};

/** Starts the tenant: one application that this repository's jobs may act as, and may read sign-ins. */
export async function startEntra(
  signIns: readonly SignIn[] = [],
  { rules = [], grants = ["AuditLog.Read.All"], subject = SUBJECT, ...options }: EntraPlatformOptions = {},
): Promise<EntraPlatform> {
  const clock: SimClock = options.clock ?? createClock({ speed: 1000 });
  const oidc = new OidcIssuer();
  const calls = new CallLog();
  const server = await createServer({
    clock,
    calls,
    oidc,
    application: { ...APPLICATION, subjects: [SUBJECT], grants },
    signIns,
    faults: new Faults(rules, createRandom(3)),
    ...options,
  });
  const masked: string[] = [];
  const slept: number[] = [];
  const silent = () => {};
  const graph = createEntra({
    cloud: microsoftCloud(server.url, server.url),
    clock: {
      now: () => new Date(clock.now()),
      sleep: async (ms) => {
        slept.push(ms);
        await clock.sleep(ms);
      },
    },
    log: { info: silent, warning: silent, error: silent, mask: (secret) => masked.push(secret) },
    identityToken: async (audience) =>
      oidc.mint({ aud: audience, sub: subject, job_workflow_job: "preserve" }, clock.now()),
  });
  return {
    server,
    calls,
    graph,
    masked,
    slept,
    paths: () =>
      calls
        .all()
        .filter(({ status }) => status === 200)
        .map(({ resource }) => resource),
    close: () => server.close(),
  };
}
