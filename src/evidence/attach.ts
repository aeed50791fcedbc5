import { FirebreakError } from "../errors.ts";
import { preserveCommand } from "../incident/commands.ts";
import { personBehind } from "../incident/person.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { AttachedExports } from "./attached-exports.ts";
import { openFile } from "./attached-file.ts";
import { openObjects } from "./attached-object.ts";
import type { Attachment } from "./attachment.ts";
import { preserve } from "./capture.ts";
import type { SourceResult } from "./context.ts";
import type { SealedCapture } from "./manifest.ts";
import { ownCaptures } from "./own-captures.ts";
import type { ManifestItem, SourceOf } from "./source-schema.ts";
import { SIGN_IN_REQUEST } from "./sources/entra-request.ts";
import { chainsOf } from "./sweep/chain.ts";

/** What somebody has delivered, and what they say of it. */
export interface Delivery {
  /** Paths in the workspace, `s3://bucket/key`, or `s3://bucket/folder/` for everything in it. */
  from: readonly string[];
  /** One line of plain text. */
  note: string | undefined;
}

type SignIns = SourceOf<"entra-sign-in">;

/**
 * Puts an export of the sign-in logs into a capture of its own that adds to the incident's newest ordinary one, each
 * file as it came, hashed, with who attached it; and settles the request for it. What is in the files is never looked
 * at but to count: it may have been written by anybody. A file that was attached before is kept again and not counted
 * again.
 * @throws FirebreakError `bad-input` for what cannot be attached, before anything is written; `no-capture` when the
 * incident has none to add to; `capture-failed`.
 */
export async function attach(
  deps: RecordDeps,
  record: IncidentRecord,
  delivery: Delivery,
): Promise<SealedCapture> {
  const chain = chainsOf(await ownCaptures(record)).at(-1);
  if (!chain) {
    throw new FirebreakError(
      "no-capture",
      `${record.id} has no sealed capture that the files could be added to.`,
      `Run ${preserveCommand(record)} first.`,
    );
  }
  const attachments = await openAttachments(deps, record, delivery.from);
  try {
    const by = await personBehind(deps);
    const sealed = await preserve(deps, record, ["entra-sign-in"], {
      supplements: chain.captures,
      collect: async (context) => {
        const detail = {
          attachedBy: by.login,
          ...(delivery.note === undefined ? {} : { note: delivery.note }),
        };
        const exports = AttachedExports.in(chain.captures);
        const items: ManifestItem[] = [];
        for (const [index, attachment] of attachments.entries()) {
          const { item, signIns } = await attachment.put(context, index + 1);
          const sameAs = exports.add({ item, signIns });
          const counted = signIns === null ? {} : { signIns };
          const repeats = sameAs === undefined ? {} : { sameAs };
          items.push({ ...item, detail: { ...item.detail, ...detail, ...counted, ...repeats } });
        }
        return [result(record, exports, items)];
      },
    });
    await settle(record, sealed, by.login);
    return sealed;
  } finally {
    await Promise.all(attachments.map((attachment: Attachment) => attachment.close()));
  }
}

function result(
  { target }: IncidentRecord,
  { exports, signIns }: AttachedExports,
  items: ManifestItem[],
): SourceResult<SignIns> {
  const counted =
    "what was delivered, the same content once; only the identity team could count the sign-ins";
  return {
    record: {
      source: "entra-sign-in",
      status: "complete",
      expected: { exports, counted },
      collected: { exports, ...(signIns === null ? {} : { signIns }) },
      gaps: [],
      route: "attached",
      application: target.application,
      request: null,
      note: null,
    },
    items,
  };
}

/** Once it is sealed: whoever was killed before finds the request open, and settles it when run again. */
async function settle(record: IncidentRecord, { capture }: SealedCapture, login: string): Promise<void> {
  const settled = record.all("request-settled").map(({ data }) => data.request);
  const open = record
    .all("evidence-requested")
    .map(({ data }) => data)
    .filter(({ source, request }) => source === SIGN_IN_REQUEST && !settled.includes(request));
  for (const { request } of open) {
    const data = { request, outcome: "delivered" as const, capture, message: `attached by ${login}` };
    await record.append("request-settled", data, `request-settled/${request}`);
  }
}

/**
 * Finds what is to be attached: nothing is written yet.
 * @throws FirebreakError `bad-input` for what is not there, may not be read, is empty, or leads out of the workspace.
 */
async function openAttachments(
  deps: RecordDeps,
  record: IncidentRecord,
  from: readonly string[],
): Promise<Attachment[]> {
  const opened: Attachment[] = [];
  try {
    for (const place of from) {
      if (place.startsWith("s3://")) opened.push(...(await openObjects(deps, record, place)));
      else opened.push(await openFile(deps.context.workspace, place));
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map((attachment) => attachment.close()));
    throw error;
  }
}
