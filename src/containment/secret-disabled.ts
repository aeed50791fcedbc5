import { badInput } from "../errors.ts";
import { type Finding, held, refusal, refused } from "../gate/request.ts";
import { containCommand } from "../incident/commands.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import { openRotation } from "./memory.ts";

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
  await record.append("secret-disabled", data, `secret-disabled/${runId}`);
}

/** Somebody has disabled the old secret: said by this dispatch, or by an earlier one since the last rotation. */
export function checkDisabled(record: IncidentRecord, stated: Disabled | undefined): Finding {
  const entry = openRotation(record.entries).findLast(
    (one): one is LedgerEntry<"secret-disabled"> => one.kind === "secret-disabled",
  );
  const [by, at] = stated ? [stated.by, stated.at.toISOString()] : [entry?.data.by, entry?.data.at];
  if (by !== undefined) return held(`the old secret was disabled by ${by} at ${at}`);
  const command = containCommand(
    record,
    'secret_disabled_by="<who>"',
    "secret_disabled_at=<when, for example 2026-11-21T02:40:00Z>",
  );
  const message =
    "Nobody has said that the old secret is disabled at its issuer: after a rotation alone it would still be good.";
  return refused(
    refusal("secret-not-disabled", message, `Disable it (see the plan's manual steps), then: ${command}`),
  );
}
