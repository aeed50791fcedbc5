import { hasGrown, incidentId } from "../incident/ledger.ts";
import { IncidentRecord } from "../incident/record.ts";
import type { NotifyDeps } from "../notify/channels.ts";
import type { Runbook } from "../runbook/schema.ts";
import { canonicalJson, sha256 } from "../vault/digest.ts";
import { listFolders, type Vault } from "../vault/vault.ts";
import { type Attended, attend, wouldDo } from "./attend.ts";
import { byNumber, choose } from "./choose.ts";
import { type Row, readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";

const AT_ONCE = 8;
/** GitHub's clock may be behind this one, and what it lists behind what is. */
const OVERLAP_MS = 15 * 60_000;
const NONE: ReadonlyMap<number, string> = new Map();

export interface ClocksRun {
  /** Every incident of the environment as it stands, whether its ledger was read now or earlier. */
  incidents: Map<string, Row>;
  /** What was done, or would be, by incident; only where something was. */
  done: Map<string, Pick<Attended, "reminded" | "told">>;
  undelivered: Map<string, Attended["undelivered"]>;
  failures: Map<string, unknown>;
  /** How many ledgers were read and how many looked at, and of how many incidents. */
  read: number;
  looked: number;
}

/**
 * One run over all incidents of an environment, or over one alone. Which of them there are, the vault says, so that nothing that is done to
 * an issue takes its incident out of sight; GitHub says which issues have changed. A failure about one incident does not
 * stop the others.
 */
export async function runClocks(
  deps: NotifyDeps,
  runbook: Runbook,
  environment: string,
  vault: Vault,
  { dryRun, only }: { dryRun: boolean; only?: number | undefined },
): Promise<ClocksRun> {
  const now = deps.clock.now();
  const { number: last, snapshot } = await readSnapshot(vault, environment);
  if (last > 0 && !snapshot)
    deps.log.warning(`Snapshot ${last} of the clocks cannot be understood: every ledger is read.`);
  const rules = rulesOf(runbook);
  const changed = only === undefined ? await changedIssues(deps, snapshot) : NONE;
  const { read, look } =
    only === undefined
      ? choose(snapshot, await incidentsIn(vault), changed, rules, now)
      : { read: [incidentId(only)], look: [] };
  const incidents = new Map(only === undefined ? Object.entries(snapshot?.incidents ?? {}) : []);
  const run: ClocksRun = {
    incidents,
    done: new Map(),
    undelivered: new Map(),
    failures: new Map(),
    read: 0,
    looked: look.length,
  };
  const fail = (incident: string) => (error: unknown) => {
    run.failures.set(incident, error);
    // What was known of it stands; it is read again as soon as can be.
    const row = incidents.get(incident);
    if (row) incidents.set(incident, { ...row, next: now.toISOString() });
  };
  const grown: string[] = [];
  await atOnce(look, fail, async (incident) => {
    const row = incidents.get(incident);
    if (!row) return;
    if (await hasGrown(vault, incident, row.entries)) grown.push(incident);
    else incidents.set(incident, { ...row, lookedAt: now.toISOString() });
  });
  const toRead = [...read, ...grown].sort(byNumber);
  await atOnce(toRead, fail, async (incident) => {
    const number = Number(incident.replace("INC-", ""));
    const record = await IncidentRecord.open(deps, runbook, environment, number);
    run.read += 1;
    const asked = { now, atOnce: only !== undefined };
    const { row, reminded, told, ...sent } = dryRun
      ? { ...wouldDo(record, asked), undelivered: [], failure: undefined }
      : await attend(deps, record, asked, {
          // Without a snapshot all are read, and showing all of them anew would cost thousands of calls.
          entries: snapshot ? (snapshot.incidents[incident]?.entries ?? 1) : record.chain.length,
          closed: changed.get(number) === "closed",
        });
    incidents.set(incident, row);
    if (reminded.length + told.length > 0) run.done.set(incident, { reminded, told });
    if (sent.undelivered.length > 0) run.undelivered.set(incident, sent.undelivered);
    if (sent.failure !== undefined) throw sent.failure;
  });
  // What is known of one incident would hide that the others were not looked at.
  if (dryRun || only !== undefined) return run;
  const written = await writeSnapshot(vault, last + 1, {
    schema: "firebreak/clocks/v1",
    environment,
    at: now.toISOString(),
    rules,
    incidents: Object.fromEntries(incidents),
  });
  if (!written) deps.log.warning("Another run of the clocks was faster: what this one knows is not kept.");
  return run;
}

async function incidentsIn(vault: Vault): Promise<string[]> {
  return (await listFolders(vault, "incidents/")).filter((name) => /^INC-\d+$/.test(name));
}

/** The state of all issues that have changed since, by number, whatever their labels say; none where every ledger is read anyway. */
async function changedIssues(
  { github, context }: NotifyDeps,
  snapshot: Snapshot | undefined,
): Promise<ReadonlyMap<number, string>> {
  if (!snapshot) return NONE;
  const { owner, repo } = context;
  const since = new Date(Date.parse(snapshot.at) - OVERLAP_MS).toISOString();
  const issues = await github.paginate(github.rest.issues.listForRepo, {
    owner,
    repo,
    state: "all",
    since,
    per_page: 100,
  });
  return new Map(issues.map(({ number, state }) => [number, state]));
}

/** Of all that deadlines follow from in the runbook. */
function rulesOf({
  time_zone,
  clocks,
  review,
  personal_data,
  escalation,
  incident_types,
  evidence,
}: Runbook) {
  const { sources } = evidence;
  return sha256(
    canonicalJson({ time_zone, clocks, review, personal_data, escalation, incident_types, sources }),
  );
}

/** Does `work` for each, several at once; what fails is handed to `fail`, and the others go on. */
async function atOnce(
  incidents: readonly string[],
  fail: (incident: string) => (error: unknown) => void,
  work: (incident: string) => Promise<void>,
): Promise<void> {
  const waiting = [...incidents];
  const lane = async () => {
    for (let incident = waiting.shift(); incident !== undefined; incident = waiting.shift())
      await work(incident).catch(fail(incident));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
