import type { z } from "zod";
import type { SecretsProof } from "../../containment/both-secrets.ts";
import { made } from "../../containment/changes.ts";
import type { ChangeContext } from "../../containment/context.ts";
import { createdOutcome } from "../../containment/create-credential.ts";
import { openRotation, type RotationOutcome } from "../../containment/memory.ts";
import { approvalRows, outcomeMarkdown } from "../../containment/outcome.ts";
import type { redeployProof } from "../../containment/redeploy.ts";
import { removedProof } from "../../containment/remove-credential.ts";
import { keyIdsStaying } from "../../containment/staying-credentials.ts";
import { STEPS } from "../../containment/steps.ts";
import type { GatePass } from "../../gate/gate.ts";
import type { LedgerEntry } from "../../incident/entries.ts";

export type Rotated = RotationOutcome & z.infer<typeof redeployProof> & { secrets: SecretsProof };

type Row = [string, string];

const MINUTE_MS = 60_000;

/**
 * Notes that the incident is contained, and until when tokens may live that were issued with the old secret: to remove a
 * secret does not end them.
 */
export async function reportRotation(context: ChangeContext, pass: GatePass, done: Rotated): Promise<void> {
  const { deps, record } = context;
  const { previousVersion, newVersion, rotatedAt, deploymentId, tasks, secrets } = done;
  const { parameter, mcp } = record.target;
  const { runId, runAttempt } = deps.context;
  const entra = rowsOfEntra(record.entries);
  const until = await noteExposure(context, done);
  const summary = `${parameter} rotated from version ${previousVersion} to ${newVersion}; ${tasks.length} task(s) run with the new secret`;
  const details = {
    previousVersion,
    newVersion,
    rotatedAt,
    deploymentId,
    tasks,
    secrets,
    tokensLiveUntil: until,
  };
  const key = `contained/rotate-secret/${runId}/${runAttempt}`;
  await record.append("contained", { action: "rotate-secret", summary, details }, key);
  await record.project();
  const markdown = outcomeMarkdown(`Contained: ${mcp} runs with a new secret`, [
    ["Parameter", parameter],
    ["Version", `${previousVersion} → ${newVersion}`],
    ...entra,
    ...rowOfStaying(pass),
    ["Deployment", deploymentId],
    ["Tasks, all started after the rotation", tasks.map(({ id }) => id).join(", ")],
    ...rowsOfProof(secrets),
    ["Tokens issued before", `live until ${clockTime(until)} at the latest`],
    ...approvalRows(pass),
  ]);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}

/** Records when the last token ends that the old secret can have given. Once: the first reckoning stands. */
async function noteExposure({ deps, record }: ChangeContext, done: Rotated): Promise<string> {
  const lifetime = record.runbook.rotation.token_lifetime_minutes;
  const at = new Date(deadSince(record.entries, done).getTime() + lifetime * MINUTE_MS).toISOString();
  const { mcp } = record.target;
  const step = `old-tokens-${mcp}-${deps.context.runId}`;
  const what = `Tokens that were issued to ${mcp} with the old secret may be in use: watch its sign-ins and the calls of its data sources`;
  await record.append("follow-up-due", { step, what, at }, `follow-up-due/${step}`);
  return record.all("follow-up-due").find(({ data }) => data.step === step)?.data.at ?? at;
}

/** The first moment from which on the old secret gave no token: as proved, or else as a person has said. */
function deadSince(entries: readonly LedgerEntry[], { secrets, rotatedAt }: Rotated): Date {
  const removed = removal(entries);
  if (removed) return new Date(removed.refusedSince);
  if ("since" in secrets.oldSecret) return new Date(secrets.oldSecret.since);
  const said = openRotation(entries).findLast(
    (entry): entry is LedgerEntry<"secret-disabled"> => entry.kind === "secret-disabled",
  );
  return new Date(said?.data.at ?? rotatedAt);
}

function removal(entries: readonly LedgerEntry[]): z.infer<typeof removedProof> | undefined {
  const entry = openRotation(entries).findLast(
    (one): one is LedgerEntry<"change-verified"> =>
      one.kind === "change-verified" && one.data.step === STEPS.removeCredential,
  );
  return entry && removedProof.parse(entry.data.proof);
}

/** What was removed and made in Entra, where Firebreak has done that. */
function rowsOfEntra(entries: readonly LedgerEntry[]): Row[] {
  const removed = removal(entries);
  const created = made(openRotation(entries), "rotate-secret", STEPS.createCredential).at(-1);
  const { keyId, end } = created ? createdOutcome.parse(created.data.outcome) : {};
  return [
    ...(removed ? [["Removed client secret", removed.keyId ?? "was removed before"] satisfies Row] : []),
    ...(keyId ? [["New client secret", `${keyId}, valid until ${end ?? "unknown"}`] satisfies Row] : []),
  ];
}

/** Other secrets of the application are not known to be compromised: that is for people to judge. */
function rowOfStaying({ plan }: GatePass): Row[] {
  const left = keyIdsStaying(plan.steps.find(({ id }) => id === STEPS.removeCredential)?.to ?? {});
  return left.length === 0 ? [] : [["Other client secrets, which stay", left.join(", ")]];
}

function rowsOfProof({ oldSecret, newSecret }: SecretsProof): Row[] {
  return [
    [
      "Old secret",
      "notMade" in oldSecret
        ? `not shown to be dead: ${oldSecret.notMade}`
        : `refused by Microsoft Entra ID with ${oldSecret.refusedWith}`,
    ],
    [
      "New secret",
      "notMade" in newSecret
        ? `not shown to be accepted: ${newSecret.notMade}`
        : `accepted by Microsoft Entra ID, ${clockTime(newSecret.acceptedAt)}`,
    ],
  ];
}

function clockTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
