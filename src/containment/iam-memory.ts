import { z } from "zod";
import type { OwnRoleChanges } from "../gate/live-role.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { type Intended, intended, ROLE_PLAYS, since, takenBack } from "./changes.ts";
import { CLOSED_TRUST, denialName, denialOf } from "./iam-documents.ts";
import { STEPS } from "./steps.ts";

/** What the ledger remembers of a revocation. */

const announcedDenial = z.object({ revokedBefore: z.iso.datetime() });
const announcedClosing = z.object({ trustPolicy: z.string() });

/** The moments that were announced since sessions were last allowed again, the newest last. */
export function announcedMoments(entries: readonly LedgerEntry[]): Date[] {
  return open(entries, STEPS.denySessions, STEPS.allowSessions).map(
    ({ data }) => new Date(announcedDenial.parse(data.from).revokedBefore),
  );
}

/** The texts of the trust policy that were about to be replaced since it was last opened again, the oldest first. */
export function replacedTrusts(entries: readonly LedgerEntry[]): string[] {
  return open(entries, STEPS.closeTrust, STEPS.reopenTrust).map(
    ({ data }) => announcedClosing.parse(data.from).trustPolicy,
  );
}

/** Who took on the role before this has lost it: the newest moment that was announced, by a run where one is given. */
export function revokedAt(entries: readonly LedgerEntry[], runId?: number): Date | undefined {
  const own = runId === undefined ? entries : entries.filter(({ by }) => by.runId === runId);
  const closings = open(own, STEPS.closeTrust, STEPS.reopenTrust).map(({ at }) => new Date(at));
  return [...announcedMoments(own), ...closings].sort((a, b) => a.getTime() - b.getTime()).at(-1);
}

/** What the incident itself has made, or is about to make, of the role. @param incident `INC-42`. */
export function ownRoleChanges(entries: readonly LedgerEntry[], incident: string): OwnRoleChanges {
  const replaced = replacedTrusts(entries);
  return {
    inline: new Map([[denialName(incident), announcedMoments(entries).map(denialOf)]]),
    trust: replaced.length === 0 ? null : { put: CLOSED_TRUST, replaced },
  };
}

function open(entries: readonly LedgerEntry[], step: string, undo: string): Intended[] {
  const left = since(
    entries,
    (entry) =>
      takenBack(entry, "revoke-role") || (entry.kind === "change-verified" && entry.data.step === undo),
  );
  return intended(left, ROLE_PLAYS, step);
}
