import type { Graph } from "../../ports.ts";
import type { SourceContext, SourceResult } from "../context.ts";
import { streamItem } from "../item-writer.ts";
import { readBackLog } from "../read-back.ts";
import type { Gap, ManifestItem, Pending, SourceOf } from "../source-schema.ts";
import { Spool } from "../spool.ts";
import { kindOf, listAllKinds, listKind, SIGN_IN_KINDS, type SignIn } from "./entra-listing.ts";

const HOUR_MS = 3_600_000;
/** https://learn.microsoft.com/training/modules/monitor-maintain-azure-active-directory/2-analyze-investigate-sign-logs-to-troubleshoot-access-issues */
const LATE_MS = 2 * HOUR_MS;
/** With a P1 or P2 licence, without which Graph gives no sign-ins: https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention */
const KEPT_MS = 30 * 24 * HOUR_MS;
/** This source's items of sign-ins, in this capture and in those that it adds to. */
const ITEM = /\/entra\/sign-ins(~\d+)?\.ndjson\.gz$/;

/**
 * The application's sign-ins from Microsoft Graph, each once by its id, as NDJSON: `entra/sign-ins.ndjson.gz`. What an
 * interrupted run or an earlier capture holds is read back and not written again.
 *
 * They are counted by listing them a second time, all kinds at once on Graph's other version, so by other filters and
 * other pages: Graph gives no number. What only the second listing has is added.
 * @throws GraphError when Graph refuses or stays busy.
 */
export async function pullSignIns(
  context: SourceContext,
  graph: Graph,
): Promise<SourceResult<SourceOf<"entra-sign-in">>> {
  const { earlier, vault, clock, target, window } = context;
  const held = new Set<string>();
  const heldKeys = earlier.flatMap(({ manifest }) =>
    manifest.items
      .filter(({ source, key }) => source === "entra-sign-in" && ITEM.test(key))
      .map(({ key }) => key),
  );
  for (const key of heldKeys) await readBackLog(vault, clock, key, (line) => held.add(idOf(line)));
  const items = await readBackOwn(context, held);

  const fresh = new Spool();
  const before = held.size;
  const kinds: Record<string, number> = {};
  const add = (kind: string, signIn: SignIn) => {
    if (!held.has(signIn.id)) fresh.push(JSON.stringify(signIn));
    held.add(signIn.id);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  };
  const first = new Set<string>();
  for (const kind of SIGN_IN_KINDS)
    await each(context, listKind(kind)(graph, target.application, window), first, (signIn) =>
      add(kind, signIn),
    );
  const afterFirst = held.size;
  const second = new Set<string>();
  await each(context, listAllKinds(graph, target.application, window), second, (signIn) => {
    if (!first.has(signIn.id)) add(kindOf(signIn) ?? "unknown", signIn);
  });
  if (held.size > before) items.push(...(await write(context, fresh, held.size - before, items.length)));

  const gaps = missingFrom(context);
  const vanished = [...first].filter((id) => !second.has(id)).length;
  return {
    record: {
      source: "entra-sign-in",
      status: gaps.length === 0 ? "complete" : "partial",
      expected: {
        signIns: held.size,
        counted: "a second listing, of all kinds at once",
        ...(vanished > 0 ? { onlyInTheFirstListing: vanished } : {}),
      },
      collected: {
        signIns: held.size,
        ...(earlier.length > 0 ? { inThisCapture: held.size - before } : {}),
        ...(held.size > afterFirst ? { arrivedMeanwhile: held.size - afterFirst } : {}),
        ...kinds,
      },
      gaps,
      pending: stillToCome(context),
      route: "graph",
      application: target.application,
      request: null,
      note: null,
    },
    items,
  };
}

/** Goes through a listing; tells each sign-in once and notes its id in `seen`. */
async function each(
  { progress }: SourceContext,
  listing: AsyncIterable<SignIn[]>,
  seen: Set<string>,
  onSignIn: (signIn: SignIn) => void,
): Promise<void> {
  for await (const page of listing) {
    for (const signIn of page) {
      if (seen.has(signIn.id)) continue;
      seen.add(signIn.id);
      onSignIn(signIn);
    }
    progress({ unit: "sign-ins", done: seen.size, total: undefined });
  }
}

/** What an interrupted run of this capture wrote. */
async function readBackOwn(context: SourceContext, held: Set<string>): Promise<ManifestItem[]> {
  const items: ManifestItem[] = [];
  for (let part = 1; context.present.has(keyOf(context, part)); part += 1) {
    const key = keyOf(context, part);
    const found = await readBackLog(context.vault, context.clock, key, (line) => held.add(idOf(line)));
    items.push(itemOf(context, key, found, found.collectedAt, found.events));
  }
  return items;
}

async function write(
  context: SourceContext,
  fresh: Spool,
  signIns: number,
  partsBefore: number,
): Promise<ManifestItem[]> {
  const key = keyOf(context, partsBefore + 1);
  const lines = async function* () {
    for (const line of fresh.lines()) yield Buffer.from(`${line}\n`);
  };
  const written = await streamItem(context, key, lines, {});
  if (written) return [itemOf(context, key, written, context.clock.now(), signIns)];
  // The answer to our own write got lost, or another run of this capture was quicker with the same sign-ins.
  const found = await readBackLog(context.vault, context.clock, key);
  return [itemOf(context, key, found, found.collectedAt, found.events)];
}

function keyOf({ folder }: SourceContext, part: number): string {
  return `${folder}entra/sign-ins${part === 1 ? "" : `~${part}`}.ndjson.gz`;
}

function itemOf(
  { target }: SourceContext,
  key: string,
  { versionId, size, sha256 }: Pick<ManifestItem, "versionId" | "size"> & { sha256: string },
  collectedAt: Date,
  signIns: number,
): ManifestItem {
  return {
    source: "entra-sign-in",
    key,
    versionId,
    size,
    sha256,
    method: "stream",
    collectedAt: collectedAt.toISOString(),
    origin: {
      uri: `microsoft-graph:auditLogs/signIns?application=${encodeURIComponent(target.application)}`,
    },
    // The name under which a verifier counts the lines.
    detail: { events: signIns },
  };
}

function idOf(line: string): string {
  return String((JSON.parse(line) as { id?: unknown }).id);
}

function missingFrom({ clock, window }: SourceContext): Gap[] {
  const oldest = new Date(clock.now().getTime() - KEPT_MS);
  if (window.from >= oldest) return [];
  return [{ what: `sign-ins of before ${oldest.toISOString()}`, why: "Entra keeps sign-ins for 30 days" }];
}

function stillToCome({ clock, window }: SourceContext): Pending[] {
  const settled = new Date(window.to.getTime() + LATE_MS);
  if (clock.now() >= settled) return [];
  return [
    {
      what: `sign-ins of before ${window.to.toISOString()} that Entra shows only later`,
      why: "Entra may take two hours to show a sign-in",
      expectedBy: settled.toISOString(),
    },
  ];
}
