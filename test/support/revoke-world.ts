/** An incident about a role on the simulated AWS: declared, preserved, approved, and ready to be contained. */
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Role } from "../../drill/aws/iam/store.ts";
import type { CallRecord, FaultPicker } from "../../drill/contracts.ts";
import type { RevokeRoleInputs } from "../../src/actions/revoke-role/inputs.ts";
import { movesOf, planUndo } from "../../src/containment/engine/plan-play.ts";
import { type Moved, runPlay } from "../../src/containment/engine/run-play.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import { revokeRole } from "../../src/containment/revoke-role.ts";
import { preserve } from "../../src/evidence/capture.ts";
import type { IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { ActionDeps, Aws, RunContext } from "../../src/ports.ts";
import type { CaptureSource } from "../../src/runbook/evidence-schema.ts";
import type { Revocation } from "../../src/runbook/schema.ts";
import type { ManualClock } from "./gate-clock.ts";
import { FakeGitHub } from "./gate-github.ts";
import { runbook } from "./gate-world.ts";
import {
  ACCOUNT,
  type PreservePlatform,
  REGION,
  startPreservePlatform,
  target,
} from "./preserve-platform.ts";

export const ROLE = `${target.service}-task`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/${ROLE}`;
export const POLICY = "Firebreak-INC-42-RevokeOlderSessions";
/** In seconds: as long as a session of a role may last. On a busy machine hours of simulated time pass. */
export const LONG = 43_200;
export const TASKS = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
const SOURCES: CaptureSource[] = ["cloudwatch-logs", "ecs", "iam-role"];

const CHANGING = /^(Put|Delete|Update|Stop|Register|Create|Attach|Detach)/;

export const inputs: RevokeRoleInputs = {
  incident: 42,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
  captureJob: "preserve",
};

export class RevokeWorld {
  readonly platform: PreservePlatform;
  readonly github: FakeGitHub;
  readonly #principal: string | null;
  /** Put around the clients of every run that begins from here on. */
  wrap: (aws: Aws) => Aws = (aws) => aws;

  private constructor(platform: PreservePlatform, principal: string | null) {
    this.platform = platform;
    this.#principal = principal;
    const clock = { now: () => new Date(platform.clock.now()) } as ManualClock;
    this.github = new FakeGitHub(clock);
    Object.assign(this.github.client.rest, {
      users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
    });
  }

  static async start(
    options: { principal?: string | null; tasks?: string[]; picker?: FaultPicker; speed?: number } = {},
  ): Promise<RevokeWorld> {
    const { principal = ROLE_ARN, tasks = TASKS, picker, speed = 400 } = options;
    const platform = await startPreservePlatform({ tasks, speed, ...(picker ? { picker } : {}) });
    for (const id of tasks)
      platform.logs.store.append(target.logGroup, `ecs/app/${id}`, [
        { timestamp: platform.clock.now(), message: "INFO:     Application startup complete." },
      ]);
    return new RevokeWorld(platform, principal);
  }

  get role(): Role {
    return this.platform.server.iam.store.role(ROLE);
  }

  /** The role as it would be compared byte for byte. */
  state(): { trust: string; inline: [string, string][] } {
    return { trust: this.role.trust, inline: [...this.role.inline] };
  }

  deps(changes: Partial<RunContext> = {}): ActionDeps {
    const deps = { ...this.platform.deps({ job: "contain", ...changes }), github: this.github.client };
    const aws = this.platform.aws;
    return { ...deps, aws: () => this.wrap(aws) };
  }

  facts(): IncidentFacts {
    return { ...this.platform.facts, type: "iam-role-unauthorized-use", principal: this.#principal };
  }

  async declare(revoke?: Revocation): Promise<IncidentRecord> {
    const record = await IncidentRecord.start(this.deps(), runbook, 42, this.facts());
    await recordPlan(this.deps(), record, "contain", { revoke });
    return record;
  }

  async preserve(sources = SOURCES): Promise<void> {
    await preserve(this.deps({ job: "preserve" }), await this.open(), sources);
  }

  /** Declared, preserved and approved. */
  async ready(revoke?: Revocation): Promise<void> {
    await this.declare(revoke);
    await this.preserve();
    this.github.approve();
  }

  /** The way back, planned and approved in another run, as undo.yml does it. */
  async planUndo(runId: number): Promise<void> {
    this.github.reviews = [];
    await recordPlan(this.deps({ runId }), await this.open({ runId }), "undo");
    this.github.approve();
  }

  /** Planned, preserved and approved once more, by another run. */
  async readyIn(runId: number, revoke: Revocation): Promise<void> {
    this.github.reviews = [];
    await recordPlan(this.deps({ runId }), await this.open({ runId }), "contain", { revoke });
    await preserve(this.deps({ runId, job: "preserve" }), await this.open({ runId }), SOURCES);
    this.github.approve();
  }

  open(changes: Partial<RunContext> = {}): Promise<IncidentRecord> {
    return IncidentRecord.open(this.deps(changes), runbook, "dev", 42);
  }

  /** The changing calls to IAM and ECS that were answered with success. */
  changes(): string[] {
    return this.platform.calls
      .all()
      .filter((call: CallRecord) => ["iam", "ecs"].includes(call.service) && call.error === null)
      .map(({ operation }) => operation)
      .filter((operation) => CHANGING.test(operation));
  }

  /** What a session of the role gets when it calls: null, or the error's name. */
  async callAs(ageSeconds: number): Promise<string | null> {
    const session = this.platform.server.sessions.issue({
      roleArn: ROLE_ARN,
      ageSeconds,
      durationSeconds: LONG,
    });
    return this.callWith(session);
  }

  async callWith(credentials: { accessKeyId: string; secretAccessKey: string }): Promise<string | null> {
    const s3 = new S3Client({ region: REGION, endpoint: this.platform.server.url, credentials });
    try {
      await s3.send(new ListObjectsV2Command({ Bucket: target.auditBucket }));
      return null;
    } catch (error) {
      return (error as Error).name;
    } finally {
      s3.destroy();
    }
  }

  /** Takes the play back, in another run, as the engine does it. */
  async undo(revoke: Revocation, runId = 7002): Promise<Moved[]> {
    const deps = this.deps({ runId });
    const record = await this.open({ runId });
    const steps = revokeRole(this.#principal, revoke);
    const aws = deps.aws(REGION);
    const world = { deps, aws, target, runbook, incident: record.id, entries: record.entries };
    const planned = await planUndo("revoke-role", "undo", steps, world);
    const pass = { capture: null as never, uncovered: async () => [] };
    return runPlay({ deps, record, aws, pass }, "undo", movesOf(steps, planned));
  }
}
