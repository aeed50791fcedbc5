import { badInput } from "../errors.ts";
import { currentVersion, versionWritten } from "../gate/live-parameter.ts";
import { ledgerNotWritten } from "../gate/refuse.ts";
import { type Finding, held, refusal, refused } from "../gate/request.ts";
import { containCommand } from "../incident/commands.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { ChangeContext } from "./context.ts";
import { openRotation, rotationCutShort, rotationMade } from "./memory.ts";

const LONGEST_AGO_MS = 366 * 24 * 3_600_000;

export interface Disabled {
  by: string;
  at: Date;
}

/**
 * What the dispatch says about the old secret: who disabled it at its issuer and when. Undefined when it does not.
 * @throws FirebreakError for a moment that is still to come, or lies more than a year back.
 */
export function disabledInput(by: string | undefined, at: Date | undefined, now: Date): Disabled | undefined {
  if (at && at.getTime() < now.getTime() - LONGEST_AGO_MS) {
    throw badInput("disabled-at", `lies more than a year back: ${at.toISOString()}`, "Check the year.");
  }
  if (at && at > now) {
    throw badInput(
      "disabled-at",
      `lies in the future: ${at.toISOString()}`,
      "Give the moment when it was disabled.",
    );
  }
  return by !== undefined && at !== undefined ? { by, at } : undefined;
}

/** Keeps the statement in the ledger, once per run. */
export async function recordDisabled(
  deps: ActionDeps,
  record: IncidentRecord,
  disabled: Disabled,
): Promise<void> {
  const { actor, runId } = deps.context;
  const data = { by: disabled.by, at: disabled.at.toISOString(), confirmedBy: actor };
  await record.append("secret-disabled", data, `secret-disabled/${runId}`).catch((cause: unknown) => {
    throw ledgerNotWritten(record.id, cause);
  });
}

/**
 * Somebody has disabled the old secret: said by this dispatch, or by an earlier one since the last rotation. It has to
 * be the secret that the parameter held before this incident's rotation: one that was disabled before that version was
 * written was another.
 */
export async function checkDisabled(
  { aws, record }: ChangeContext,
  stated: Disabled | undefined,
): Promise<Finding> {
  const entry = openRotation(record.entries).findLast(
    (one): one is LedgerEntry<"secret-disabled"> => one.kind === "secret-disabled",
  );
  const [by, at] = stated ? [stated.by, stated.at.toISOString()] : [entry?.data.by, entry?.data.at];
  if (by !== undefined && at !== undefined) return disabledInTime({ aws, record }, by, at);
  const message =
    "Nobody has said that the old secret is disabled at its issuer: after a rotation alone it would still be good.";
  return refused(
    refusal(
      "secret-not-disabled",
      message,
      `Disable it (see the plan's manual steps), then: ${statement(record)}`,
    ),
  );
}

async function disabledInTime(
  { aws, record }: Pick<ChangeContext, "aws" | "record">,
  by: string,
  at: string,
): Promise<Finding> {
  const { parameter } = record.target;
  const live = await currentVersion(aws.ssm, parameter);
  const rotation =
    rotationMade(record.entries, live.version) ?? rotationCutShort(record.entries, live.version);
  const version = rotation?.previousVersion ?? live.version;
  const written = rotation ? await versionWritten(aws.ssm, parameter, version) : live.lastModified;
  if (Date.parse(at) >= written.getTime()) return held(`the old secret was disabled by ${by} at ${at}`);
  const message = `The secret is said to be disabled at ${at}; version ${version} of ${parameter}, which holds the compromised one, was written later, ${written.toISOString()}.`;
  const remedy = `Disable the secret that version ${version} holds, then: ${statement(record)}`;
  return refused(refusal("disabled-before-current-version", message, remedy));
}

/** The dispatch that says who disabled the secret and when. */
function statement(record: IncidentRecord): string {
  return containCommand(
    record,
    'secret_disabled_by="<who>"',
    "secret_disabled_at=<when, for example 2026-11-21T02:40:00Z>",
  );
}
