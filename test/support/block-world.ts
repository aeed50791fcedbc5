/** An incident about a user of a tenant that lets approved jobs block users: declared, preserved, approved. */
import type { SimClock } from "../../drill/contracts.ts";
import { GraphRefusal } from "../../drill/entra/errors.ts";
import { type EntraUser, Users } from "../../drill/entra/users.ts";
import type { BlockUserInputs } from "../../src/actions/block-user/inputs.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import type { Manifest } from "../../src/evidence/manifest.ts";
import { GraphError } from "../../src/graph-error.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { ActionDeps, Graph, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { seal } from "./gate-capture.ts";
import { GateWorld, inputs as gateInputs } from "./gate-world.ts";
import { facts, ownRunbook } from "./incident.ts";

export const USER_ID = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb";
export const USER = "svc-reporting@example.com";
export const APPLICATIONS = {
  client_id: "11111111-2222-3333-4444-555555555555",
  containment_client_id: "22222222-3333-4444-5555-666666666666",
};
const GRANTS = ["User.Read.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"];

export const inputs: BlockUserInputs = gateInputs;

export function blockingRunbook(): Runbook {
  const runbook = ownRunbook();
  const entra = { tenant: "example.onmicrosoft.com", ...APPLICATIONS, sign_in_logs: "request" as const };
  return { ...runbook, entra: { ...entra, users: "graph" } };
}

export function user(changes: Partial<EntraUser> = {}): EntraUser {
  return {
    id: USER_ID,
    userPrincipalName: USER,
    displayName: "Reporting <b>`service`</b>",
    accountEnabled: true,
    userType: "Member",
    onPremisesSyncEnabled: null,
    signInSessionsValidFrom: Date.parse("2026-08-01T00:00:00Z"),
    ...changes,
  };
}

/** What the simulated capture holds besides: the sources that a block wants preserved before. */
export function withSources(manifest: Manifest): void {
  const base = { status: "complete" as const, expected: {}, collected: {}, gaps: [] };
  manifest.sources.push(
    { source: "audit-logs", ...base, deleteMarkers: [] } as unknown as Manifest["sources"][number],
    {
      source: "entra-sign-in",
      ...base,
      status: "requested",
      route: "request",
      application: "aiconnectors-servicenow-dev",
      request: null,
      note: null,
    } as unknown as Manifest["sources"][number],
  );
}

export class BlockWorld extends GateWorld {
  readonly users: Users;
  /** Every call of Graph: operation, and as which application. */
  readonly graphCalls: { operation: string; clientId: string; refused: boolean }[] = [];
  /** Called before, and after, each call of Graph. */
  beforeGraph: (operation: string) => void = () => {};
  afterGraph: (operation: string) => void = () => {};
  grants: readonly string[] = GRANTS;
  readonly #runbook: Runbook;
  readonly #principal: string | null;
  readonly #type: string;

  constructor(
    options: {
      principal?: string | null;
      users?: EntraUser[];
      lagMs?: number;
      type?: string;
      runbook?: Runbook;
    } = {},
  ) {
    const { principal = USER, type = "user-account-compromised", runbook = blockingRunbook() } = options;
    super({ type, runbook });
    this.#runbook = runbook;
    this.#principal = principal;
    this.#type = type;
    const clock = { now: () => this.clock.now().getTime() } as SimClock;
    this.users = new Users({ clock, users: options.users ?? [user()], lagMs: options.lagMs ?? 0 });
    Object.assign(this.github.client.rest, {
      users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
    });
  }

  override deps(changes: Partial<RunContext> = {}): ActionDeps {
    return { ...super.deps(changes), graph: ({ clientId }) => this.#graph(clientId) };
  }

  override async declare(): Promise<IncidentRecord> {
    const declared = facts({ type: this.#type, principal: this.#principal });
    const record = await IncidentRecord.start(this.deps(), this.#runbook, 42, declared);
    await recordPlan(this.deps(), record, "contain");
    return record;
  }

  async ready(): Promise<void> {
    await this.declare();
    await seal(this, { edit: withSources });
    this.github.approve();
  }

  /** The calls that changed the tenant, or tried to. */
  graphChanges(): string[] {
    return this.graphCalls.map(({ operation }) => operation).filter((operation) => operation !== "users/get");
  }

  get user(): EntraUser | undefined {
    return this.users.find(USER_ID);
  }

  #graph(clientId: string): Graph {
    const ask = async (method: string, path: string, body: object | null): Promise<unknown> => {
      const url = new URL(path, "https://graph.example");
      const operation = Users.operation(method, url.pathname) ?? `${method} ${url.pathname}`;
      this.beforeGraph(operation);
      const call = { operation, clientId, refused: false };
      this.graphCalls.push(call);
      try {
        return this.users.handle(operation, url, body === null ? "" : JSON.stringify(body), this.grants);
      } catch (error) {
        call.refused = true;
        if (error instanceof GraphRefusal) throw new GraphError(error.status, error.code, error.message);
        throw error;
      } finally {
        this.afterGraph(operation);
      }
    };
    return {
      get: (path) => ask("GET", path, null),
      send: (method, path, body) => ask(method, path, body),
      trySecret: () => Promise.reject(new Error("no secret is tried here")),
    };
  }
}
