import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Choices, recordPlan } from "../../src/containment/record-plan.ts";
import type { Plan } from "../../src/incident/plan.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { ActionDeps, Aws, RunContext } from "../../src/ports.ts";
import type { Runbook, SeverityId } from "../../src/runbook/schema.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { ManualClock } from "./gate-clock.ts";
import { FakeEcs } from "./gate-ecs.ts";
import { FakeGitHub } from "./gate-github.ts";
import { FakeSsm } from "./gate-ssm.ts";
import { context, facts, noGraph, noOtherGitHub, noWebhook, ownRunbook } from "./incident.ts";
import { MemoryS3 } from "./memory-s3.ts";

export const runbook = ownRunbook();
export const target = resolveTarget(runbook, "dev", "servicenow");
export const OLD_SECRET = "old8Q~0123456789abcdefghijklmnopqrstuvw";
export const NEW_SECRET = "new8Q~zyxwvutsrqponmlkjihgfedcba9876543";

/** The operations that change what runs. A refusal has to end without one of them. */
const CHANGING = [
  "UpdateService",
  "RegisterScalableTarget",
  "StopTask",
  "PutParameter",
  "removePassword",
  "addPassword",
  "spawn",
];

/** An incident, its vault, and the platform around it, for tests of the gate and of containment. */
export class GateWorld {
  readonly clock = new ManualClock();
  readonly s3 = new MemoryS3();
  readonly github = new FakeGitHub(this.clock);
  readonly ecs: FakeEcs;
  readonly ssm = new FakeSsm(this.clock, target.parameter);
  /** Every operation sent to ECS, Application Auto Scaling and SSM, and every process started. */
  readonly calls: string[] = [];
  readonly printed: string[] = [];
  readonly masked: string[] = [];
  readonly summaries: string[] = [];
  /** Called before each operation is answered. */
  before: (operation: string, input: Record<string, unknown>) => void = () => {};
  workspace: string;
  readonly #type: string;
  readonly #severity: SeverityId;
  readonly #runbook: Runbook;

  constructor(options: { type?: string; tasks?: number; severity?: SeverityId; runbook?: Runbook } = {}) {
    this.#runbook = options.runbook ?? runbook;
    this.workspace = workspace(this.#runbook);
    this.#type = options.type ?? "service-outage";
    this.#severity = options.severity ?? "high";
    this.ecs = new FakeEcs(this.clock, options.tasks ?? 2);
    this.ssm.write("an earlier one");
    this.ssm.write(OLD_SECRET);
    for (const version of this.ssm.versions) version.at = new Date("2026-10-01T09:00:00Z");
  }

  deps(changes: Partial<RunContext> = {}): ActionDeps {
    const via = (send: (operation: string, input: Record<string, unknown>) => unknown) => ({
      send: async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
        const operation = command.constructor.name.replace(/Command$/, "");
        this.before(operation, command.input);
        this.calls.push(operation);
        return structuredClone(send(operation, command.input));
      },
    });
    const ecs = via((operation, input) => this.ecs.send(operation, input));
    const ssm = via((operation, input) => this.ssm.send(operation, input));
    const aws = { s3: this.s3.client, ecs, ssm, scaling: ecs, logs: ecs } as unknown as Aws;
    return {
      aws: () => aws,
      github: this.github.client,
      graph: noGraph,
      webhook: noWebhook,
      githubAs: noOtherGitHub,
      clock: this.clock,
      log: {
        info: (message) => this.printed.push(message),
        warning: (message) => this.printed.push(`warning: ${message}`),
        error: (message) => this.printed.push(`error: ${message}`),
        mask: (secret) => this.masked.push(secret),
      },
      context: { ...context, job: "contain", workspace: this.workspace, ...changes },
      summary: async (markdown) => {
        this.summaries.push(markdown);
      },
    };
  }

  /** Declares incident 42 and records the plan of run 7001, as open-incident does. */
  async declare(choices: Choices = {}): Promise<IncidentRecord> {
    const declared = facts({ type: this.#type, severity: this.#severity });
    const record = await IncidentRecord.start(this.deps(), this.#runbook, 42, declared);
    await recordPlan(this.deps(), record, "contain", choices);
    return record;
  }

  open(changes: Partial<RunContext> = {}): Promise<IncidentRecord> {
    return IncidentRecord.open(this.deps(changes), this.#runbook, "dev", 42);
  }

  /** Records a plan in another run, as contain.yml and restore.yml do, and has it approved there. */
  async planIn(runId: number, change: Plan["change"], choices: Choices = {}): Promise<void> {
    const record = await this.open({ runId });
    this.github.reviews = [];
    await recordPlan(this.deps({ runId }), record, change, choices);
    this.github.approve();
  }

  /** Records a plan that asks for breaking the glass in another run, as break-glass.yml does. Nobody approves it. */
  async askToBreakGlass(runId: number, reason: string): Promise<void> {
    const record = await this.open({ runId });
    this.github.reviews = [];
    await recordPlan(this.deps({ runId }), record, "contain", undefined, { reason });
  }

  changes(): string[] {
    return this.calls.filter((operation) => CHANGING.includes(operation));
  }
}

/** A checked-out repository: the runbook and the rotation command's folder. */
function workspace(runbook: Runbook): string {
  const root = mkdtempSync(join(tmpdir(), "firebreak-gate-"));
  writeFileSync(join(root, "runbook.yml"), stringify(runbook));
  mkdirSync(join(root, target.folder), { recursive: true });
  return root;
}

export const inputs = {
  incident: 42,
  mcp: undefined,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
  captureJob: "preserve",
};
