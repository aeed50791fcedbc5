/** An incident about a client secret, with the tenant that it belongs to: Firebreak may rotate it there. */
import { Applications, type PasswordCredential } from "../../drill/entra/applications.ts";
import { GraphRefusal, TokenRefusal } from "../../drill/entra/errors.ts";
import { rotateSecretBy } from "../../src/actions/rotate-secret/run.ts";
import type { StartProcess } from "../../src/containment/process.ts";
import { GraphError } from "../../src/graph-error.ts";
import type { ActionDeps, Graph, GraphApplication, Outputs, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { seal } from "./gate-capture.ts";
import { GateWorld, inputs, OLD_SECRET, runbook, target } from "./gate-world.ts";
import type { Mortal } from "./kill-client.ts";

export const TENANT = "example.onmicrosoft.com";
const READS = "11111111-2222-4333-8444-555555555555";
const CHANGES = "66666666-7777-4888-9999-aaaaaaaaaaaa";
export const APP_ID = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb";
export const OLD_KEY = "00000000-aaaa-4bbb-8ccc-000000000001";
export const OTHER_KEY = "00000000-aaaa-4bbb-8ccc-000000000002";
const DAY_MS = 86_400_000;
const WRITTEN = Date.parse("2026-10-01T09:00:00Z");

export const entraRunbook: Runbook = {
  ...runbook,
  entra: {
    tenant: TENANT,
    client_id: READS,
    containment_client_id: CHANGES,
    sign_in_logs: "request",
    users: "by-hand",
  },
  rotation: { strategy: "entra", lifetime_days: 180, token_lifetime_minutes: 90 },
};

export const rotateInputs = { ...inputs, disabledBy: undefined, disabledAt: undefined };

/** The compromised credential, with whatever differs. */
export function credential(changes: Partial<PasswordCredential> = {}): PasswordCredential {
  return {
    keyId: OLD_KEY,
    displayName: "terraform",
    hint: "old",
    start: WRITTEN - 60_000,
    end: WRITTEN + 400 * DAY_MS,
    secret: OLD_SECRET,
    ...changes,
  };
}

const other = credential({ keyId: OTHER_KEY, displayName: "load tests", hint: "xyz", secret: "xyz8Q~other" });

export class EntraWorld extends GateWorld {
  readonly tenant: Applications;
  readonly tokens: string[] = [];
  /** The process of the runs that begin from here on. */
  mortal: Mortal | undefined;
  /** Answers of the token endpoint in place of its own. */
  verdict: ((secret: string) => ReturnType<Graph["trySecret"]> | undefined) | undefined;
  #issued = 0;

  constructor(
    options: {
      credentials?: PasswordCredential[];
      propagationMs?: number;
      runbook?: Runbook;
      owned?: boolean;
    } = {},
  ) {
    super({ type: "client-secret-compromised", runbook: options.runbook ?? entraRunbook });
    this.tenant = new Applications({
      clock: {
        speed: 1,
        now: () => this.clock.now().getTime(),
        sleep: async () => {},
        after: () => () => {},
      },
      propagationMs: options.propagationMs ?? 20_000,
      applications: [
        {
          tenant: TENANT,
          id: "cccccccc-1111-4222-8333-dddddddddddd",
          appId: APP_ID,
          displayName: target.application,
          owners: options.owned === false ? [] : [CHANGES],
          credentials: options.credentials ?? [credential(), other],
        },
      ],
    });
  }

  override deps(changes: Partial<RunContext> = {}): ActionDeps {
    const deps = super.deps(changes);
    const { mortal } = this;
    return {
      ...deps,
      aws: (region) => mortal?.wrap(deps.aws(region)) ?? deps.aws(region),
      graph: (application) => this.#graph(application),
    };
  }

  /** Declared, preserved and approved. */
  async ready(): Promise<this> {
    await this.declare();
    return this.preservedAndApproved();
  }

  async preservedAndApproved(capture = "7001"): Promise<this> {
    await seal(this, { capture });
    this.github.approve();
    await this.clock.sleep(10_000);
    return this;
  }

  rotate(changes: Partial<RunContext> = {}, startProcess: StartProcess = noProcess): Promise<Outputs> {
    return rotateSecretBy(startProcess)(rotateInputs, this.deps(changes));
  }

  /** Somebody who owns the application makes another client secret. */
  addByHand(displayName: string): void {
    const url = new URL(
      "https://graph.example/v1.0/applications/cccccccc-1111-4222-8333-dddddddddddd/addPassword",
    );
    const body = JSON.stringify({ passwordCredential: { displayName } });
    const grants = ["Application.ReadWrite.OwnedBy"];
    this.tenant.handle("applications/addPassword", url, body, { clientId: CHANGES, grants });
  }

  /** The client secrets that stand in the tenant. */
  credentials(): { keyId: string; displayName: string; hint: string; endDateTime: string }[] {
    const [application] = this.tenant.snapshot() as { passwordCredentials: never[] }[];
    return application?.passwordCredentials ?? [];
  }

  /** Everything that anybody could read afterwards. */
  said(): string {
    return [
      ...this.printed,
      ...this.summaries,
      ...this.github.comments,
      this.github.body,
      ...this.s3.objects.values(),
    ].join("\n");
  }

  #graph({ clientId }: GraphApplication): Graph {
    const grants = clientId === READS ? ["Application.Read.All"] : ["Application.ReadWrite.OwnedBy"];
    const call = async (method: "GET" | "POST" | "PATCH", path: string, body: object | null) => {
      const url = new URL(path, "https://graph.example");
      const operation = Applications.operation(method, url.pathname) ?? "";
      const name = operation.replace("applications/", "");
      const work = async () => {
        this.before(name, { clientId });
        this.calls.push(name);
        try {
          return this.tenant.handle(operation, url, JSON.stringify(body ?? {}), { clientId, grants });
        } catch (error) {
          if (!(error instanceof GraphRefusal)) throw error;
          throw new GraphError(error.status, error.code, error.message);
        }
      };
      return this.mortal ? this.mortal.through("graph", name, work) : work();
    };
    return {
      get: (path) => call("GET", path, null),
      send: (method, path, body) => call(method, path, body),
      trySecret: async (secret) => {
        const said = this.verdict?.(secret);
        if (said) return said;
        try {
          this.tenant.signIn(TENANT, clientId, secret);
          this.tokens.push(`token-${++this.#issued}`);
          return { accepted: true };
        } catch (error) {
          if (!(error instanceof TokenRefusal)) throw error;
          return { accepted: false, code: `AADSTS${error.number}`, message: error.message };
        }
      },
    };
  }
}

const noProcess: StartProcess = () => Promise.reject(new Error("no process is started"));
