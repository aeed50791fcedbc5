import { attachCommand } from "../../incident/commands.ts";
import { putOnce, readObject } from "../../vault/vault.ts";
import type { SourceContext, SourceResult } from "../context.ts";
import { documentItem } from "../item-writer.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem, SourceOf } from "../source-schema.ts";
import { deadlineOf } from "../sweep/deadline.ts";

/** The request's name in the ledger. */
export const SIGN_IN_REQUEST = "entra-sign-in";

/**
 * Asks the identity team for an export of the sign-in logs: one ledger entry, which stays open until somebody attaches
 * the export, and the words of the request as the item `entra/request.txt`, so that it is preserved what was asked.
 */
export async function requestSignIns(
  context: SourceContext,
  note: string | null,
): Promise<SourceResult<SourceOf<"entra-sign-in">>> {
  const { of, contact } = recipient(context);
  const due = deadlineOf(context.runbook, "entra-sign-in", context.clock.now());
  const { item, text } = await putRequest(context, requestText(context, contact, due));
  const deadline = deadlineIn(text) ?? due.toISOString();
  const what = `Sign-in logs of ${context.target.application} in Microsoft Entra ID`;
  const id = await context.request({
    request: SIGN_IN_REQUEST,
    source: "entra-sign-in",
    what,
    of,
    text,
    deadline,
    reference: null,
  });
  const request = { id, of, deadline };
  return { record: awaited(context, request, note), items: [item] };
}

/** The record of a request that nobody has answered yet. */
export function awaited(
  { target }: SourceContext,
  request: NonNullable<SourceOf<"entra-sign-in">["request"]>,
  note: string | null,
): SourceOf<"entra-sign-in"> {
  return {
    source: "entra-sign-in",
    status: "requested",
    expected: { exports: 1, counted: "what was requested" },
    collected: { exports: 0 },
    gaps: [],
    pending: [
      {
        what: `export of the sign-in logs of ${target.application}`,
        why: `requested from ${request.of}`,
        expectedBy: request.deadline,
      },
    ],
    route: "request",
    application: target.application,
    request,
    note,
  };
}

function recipient({ runbook }: SourceContext): { of: string; contact: string } {
  const id = runbook.evidence.sources["entra-sign-in"]?.contact;
  const found = id === undefined ? undefined : runbook.contacts[id];
  if (!found) return { of: "the identity team", contact: "the identity team" };
  const who = found.name === undefined ? found.role : `${found.name}, ${found.role}`;
  const address = found.email ?? found.fill_in;
  return { of: who, contact: address === undefined ? who : `${who} (${address})` };
}

function requestText(context: SourceContext, to: string, due: Date): string {
  const { incident, target, runbook, window } = context;
  const zone = runbook.time_zone;
  const moment = (date: Date) => `${utc(date)} (${local(date, zone)} ${zone})`;
  return [
    `To: ${to}`,
    `Subject: ${incident}: export of Microsoft Entra sign-in logs for evidence`,
    "",
    `Reference: ${incident} (${target.mcp}, ${target.environment})`,
    `Needed until: ${utc(due)} (${local(due, zone)} ${zone})`,
    "",
    "Please export the sign-in logs of Microsoft Entra ID as evidence in a security incident.",
    "",
    "What: all four kinds of sign-ins, each in a file of its own:",
    "  - interactive user sign-ins",
    "  - non-interactive user sign-ins",
    "  - service principal sign-ins",
    "  - managed identity sign-ins",
    `Which: those in which the application "${target.application}" is the client or the resource.`,
    `From: ${moment(window.from)}`,
    `To: the moment of the export, at least ${moment(window.to)}`,
    "Format: JSON, as the portal gives it (Entra admin center, Monitoring & health, Sign-in logs, Download, JSON).",
    "",
    "Please do not filter further, and do not open, sort, edit or re-save the files: they are hashed as they come.",
    "Please do not change, disable or delete the application, its credentials or its sign-ins for this export, and do",
    "not contact the people who occur in it.",
    "",
    "Put the files, and nothing else, into a folder of an S3 bucket that the evidence role may read. Then run:",
    `  ${attachCommand({ id: incident, target })}`,
    "",
  ].join("\n");
}

/** The time in the text of an earlier run of this capture is the one that counts. */
function deadlineIn(text: string): string | undefined {
  const found = /^Needed until: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/m.exec(text)?.[1];
  return found === undefined ? undefined : new Date(found).toISOString();
}

async function putRequest(
  context: SourceContext,
  text: string,
): Promise<{ item: ManifestItem; text: string }> {
  const { vault, clock } = context;
  const key = `${context.folder}entra/request.txt`;
  const { created, object } = await patiently(clock, () =>
    putOnce(vault, key, Buffer.from(text), { contentType: "text/plain; charset=utf-8" }),
  );
  const origin = { source: "entra-sign-in", uri: "firebreak:request" };
  const item = await documentItem(vault, origin, object);
  if (created) return { item, text };
  const asked = await patiently(clock, () => readObject(vault, key));
  return { item, text: asked?.toString("utf8") ?? text };
}

function utc(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function local(date: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(date);
}
