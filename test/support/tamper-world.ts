/** An incident about the audit trail on the simulated AWS: the bucket's policy replaced by a session of a task role. */
import { parsePolicy } from "../../drill/aws/s3/policy.ts";
import { isChanging } from "../../drill/report/changing.ts";
import type { ProtectAuditLogsInputs } from "../../src/actions/protect-audit-logs/inputs.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import { expectedPolicy } from "../../src/evidence/audit-trail/expected-policy.ts";
import { preserve } from "../../src/evidence/capture.ts";
import type { EntryData, IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { CaptureSource } from "../../src/runbook/evidence-schema.ts";
import type { Revocation } from "../../src/runbook/schema.ts";
import { runbook } from "./gate-world.ts";
import { target } from "./preserve-platform.ts";
import { RevokeWorld, ROLE, TASKS } from "./revoke-world.ts";

export const bucket = target.auditBucket;
export const SESSION = `arn:aws:sts::111122223333:assumed-role/${ROLE}/stolen`;
export const TAMPERED = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "DenyDeletion",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObject",
      Resource: `arn:aws:s3:::${bucket}/x/*`,
    },
  ],
});
const SOURCES: CaptureSource[] = ["cloudwatch-logs", "ecs", "iam-role", "audit-logs"];

export const inputs: ProtectAuditLogsInputs = {
  incident: 42,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
  captureJob: "preserve",
};

type Verdict = EntryData<"audit-trail-verified">;

export class TamperWorld {
  readonly world: RevokeWorld;
  readonly #principal: string | null;

  private constructor(world: RevokeWorld, principal: string | null) {
    this.world = world;
    this.#principal = principal;
  }

  static async start({
    principal = null,
    speed = 400,
    tasks = TASKS,
  }: {
    principal?: string | null;
    speed?: number;
    tasks?: string[];
  } = {}): Promise<TamperWorld> {
    const tampered = new TamperWorld(await RevokeWorld.start({ speed, tasks }), principal);
    tampered.putPolicy(TAMPERED);
    return tampered;
  }

  get policy(): string | null {
    return this.world.platform.server.s3.bucket(bucket).policy?.text ?? null;
  }

  putPolicy(text: string | null): void {
    this.world.platform.server.s3.bucket(bucket).policy = text === null ? null : parsePolicy(text);
  }

  facts(): IncidentFacts {
    return { ...this.world.facts(), type: "audit-log-tampering", principal: this.#principal };
  }

  async declare(): Promise<IncidentRecord> {
    const record = await IncidentRecord.start(this.world.deps(), runbook, 42, this.facts());
    await recordPlan(this.world.deps({ job: "declare" }), record, "contain");
    return record;
  }

  /** As verify-audit-trail leaves it in the ledger. */
  async verdict(
    verdict: Verdict["verdict"],
    changers: readonly string[] = [SESSION],
    findings: Verdict["findings"] = [],
  ): Promise<void> {
    const changedBy = changers.map((principal, index) => ({
      principal,
      event: `PutBucketPolicy (event-${index})`,
      at: "2026-11-21T02:30:00.000Z",
      policy: true,
    }));
    const record = await this.world.open();
    await record.append(
      "audit-trail-verified",
      { verdict, policyChanged: verdict === "tampered", findings, changedBy, capture: null },
      `audit-trail-verified/${record.entries.length}`,
    );
  }

  async plan(revoke?: Revocation): Promise<IncidentRecord> {
    const record = await this.world.open();
    await recordPlan(this.world.deps({ job: "plan" }), record, "contain", { revoke });
    return record;
  }

  async preserve(sources = SOURCES): Promise<void> {
    await preserve(this.world.deps({ job: "preserve" }), await this.world.open(), sources);
  }

  /** Declared, found tampered, preserved, planned and approved. */
  async ready(revoke?: Revocation): Promise<void> {
    await this.declare();
    await this.verdict("tampered");
    await this.preserve();
    await this.plan(revoke);
    this.world.github.approve();
  }

  /** The calls that changed the platform; what a capture asks CloudWatch Logs to export changes nothing. */
  changes(): string[] {
    return this.world.platform.calls
      .all()
      .filter((call) => call.service !== "logs" && isChanging(call) && call.error === null)
      .map(({ operation }) => operation);
  }

  expected(): Promise<string | null> {
    return expectedPolicy(this.world.deps().context.workspace, runbook, target);
  }
}
