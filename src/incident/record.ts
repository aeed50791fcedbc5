import { badInput, FirebreakError, quoted } from "../errors.ts";
import type { ActionDeps, Aws, Clock, GitHub, Log, RunContext } from "../ports.ts";
import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { resolveTarget, resolveVault, type Target } from "../runbook/target.ts";
import { writeTerms } from "../vault/terms.ts";
import type { Vault } from "../vault/vault.ts";
import type { EntryData, EntryKind, IncidentFacts, LedgerEntry } from "./entries.ts";
import { commentOnce, keepComment, readIssue, updateIssue } from "./issue.ts";
import { appendEntry, incidentId, readLedger } from "./ledger.ts";
import { mcpsOf, placed, viewOf } from "./mcps.ts";
import { renderIssue } from "./render.ts";
import { openAgain } from "./reopening.ts";
import { factsOf, principalOf } from "./state.ts";

export interface RecordDeps {
  aws: (region: string) => Aws;
  github: GitHub;
  graph: ActionDeps["graph"];
  clock: Clock;
  log: Log;
  context: RunContext;
}

/**
 * An incident as its ledger has it, with the two things that can be done to it: append, and re-render the issue.
 *
 * A record is about one of the incident's mcps, the declared one or one that joined: it reads what is about that mcp or
 * about the incident as a whole, and what it appends is about that mcp. The chain is one for all of them.
 *
 * What the issue says is never read back: anyone may edit it.
 */
export class IncidentRecord {
  readonly id: string;
  readonly number: number;
  /** As declared, with the mcp that this record is about, and with the principal as it is known when the record is opened. */
  readonly facts: IncidentFacts;
  readonly target: Target;
  readonly vault: Vault;
  readonly runbook: Runbook;
  readonly #deps: RecordDeps;
  readonly #declaredMcp: string;
  /** All entries, of all mcps. */
  #chain: LedgerEntry[];
  /** Of `#chain`, what this record is about. */
  #entries: LedgerEntry[];
  /** The last thing that was done to the ledger, or is being done. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    deps: RecordDeps,
    runbook: Runbook,
    vault: Vault,
    number: number,
    declared: IncidentFacts,
    chain: LedgerEntry[],
    mcp: string,
  ) {
    this.#deps = deps;
    this.id = incidentId(number);
    this.number = number;
    this.facts = { ...declared, mcp, principal: principalOf(chain) };
    this.runbook = runbook;
    this.target = resolveTarget(runbook, declared.environment, mcp);
    this.vault = onTerms(vault, deps.clock, runbook, number, declared);
    this.#declaredMcp = declared.mcp;
    this.#chain = chain;
    this.#entries = viewOf(chain, mcp);
  }

  /**
   * Opens an existing incident for one of its mcps, the declared one when none is named. @throws FirebreakError when
   * the environment's vault holds no ledger of it, or when it is not about the `mcp` that the caller believes.
   */
  static async open(
    deps: RecordDeps,
    runbook: Runbook,
    environment: string,
    number: number,
    mcp?: string,
  ): Promise<IncidentRecord> {
    const { vault: bucket, region } = resolveVault(runbook, environment);
    const vault = { s3: deps.aws(region).s3, bucket };
    const entries = await readLedger(vault, incidentId(number));
    const first = entries[0];
    if (first?.kind !== "declared") {
      throw new FirebreakError(
        "no-ledger",
        `Incident ${incidentId(number)} has no ledger in s3://${bucket} (environment ${environment}).`,
        "Check the incident's number and its environment, or declare it with incident.yml.",
      );
    }
    const known = mcpsOf(entries);
    if (mcp !== undefined && !known.includes(mcp)) {
      throw badInput(
        "mcp",
        known.length === 1
          ? `is not the one that ${incidentId(number)} is about`
          : `is none of those that ${incidentId(number)} is about: ${quoted(mcp)}`,
        `Give ${known.join(" or ")}, or the number of the incident you mean.`,
      );
    }
    return new IncidentRecord(deps, runbook, vault, number, first.data, entries, mcp ?? first.data.mcp);
  }

  /** As `open`, of the declared mcp; undefined where the environment's vault holds no ledger of it. */
  static async find(
    deps: RecordDeps,
    runbook: Runbook,
    environment: string,
    number: number,
  ): Promise<IncidentRecord | undefined> {
    try {
      return await IncidentRecord.open(deps, runbook, environment, number);
    } catch (error) {
      if (error instanceof FirebreakError && error.reason === "no-ledger") return undefined;
      throw error;
    }
  }

  /** Starts the ledger of a new incident, or opens the one that this run started before. */
  static async start(
    deps: RecordDeps,
    runbook: Runbook,
    number: number,
    facts: IncidentFacts,
  ): Promise<IncidentRecord> {
    const { vault: bucket, region } = resolveVault(runbook, facts.environment);
    const vault = onTerms({ s3: deps.aws(region).s3, bucket }, deps.clock, runbook, number, facts);
    const existing = await readLedger(vault, incidentId(number));
    const { entries } = await appendEntry(
      { vault, clock: deps.clock, context: deps.context },
      incidentId(number),
      existing,
      {
        kind: "declared",
        key: "declared",
        data: facts,
      },
    );
    const first = entries[0];
    if (first?.kind !== "declared")
      throw new Error(`the ledger of ${incidentId(number)} does not begin with its declaration`);
    return new IncidentRecord(deps, runbook, vault, number, first.data, entries, first.data.mcp);
  }

  /** The same incident, for another of its mcps. @throws FirebreakError `bad-input` when it is not about that one. */
  async of(mcp: string): Promise<IncidentRecord> {
    if (mcp === this.target.mcp) return this;
    return IncidentRecord.open(this.#deps, this.runbook, this.facts.environment, this.number, mcp);
  }

  /** The incident's mcps, the declared one first. */
  get mcps(): string[] {
    return mcpsOf(this.#chain);
  }

  /** For people: `INC-42`, with the mcp where the incident has several. */
  get name(): string {
    return this.mcps.length > 1 ? `${this.id} (${this.target.mcp})` : this.id;
  }

  /** Whether this record is about an mcp that joined. */
  get joined(): boolean {
    return this.target.mcp !== this.#declaredMcp;
  }

  /** As it is now; `facts` has the one that was declared. */
  get severity(): SeverityId {
    return factsOf(this.#entries).severity;
  }

  /** What is about this record's mcp, and about the incident as a whole. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** The ledger: the entries of all mcps. */
  get chain(): readonly LedgerEntry[] {
    return this.#chain;
  }

  /** All entries of one kind, oldest first. */
  all<Kind extends EntryKind>(kind: Kind): LedgerEntry<Kind>[] {
    return this.#entries.filter((entry): entry is LedgerEntry<Kind> => entry.kind === kind);
  }

  latest<Kind extends EntryKind>(kind: Kind): LedgerEntry<Kind> | undefined {
    return this.all(kind).at(-1);
  }

  /** Reads what others have appended since. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => this.#know(await readLedger(this.vault, this.id, this.#chain)));
  }

  /** One at a time, in the order in which they were asked for: whoever does several things at once does not race itself. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * Appends to the ledger, once per `key`. @returns whether this call wrote.
   */
  append<Kind extends EntryKind>(kind: Kind, data: EntryData<Kind>, key: string): Promise<boolean> {
    return this.#inTurn(() => this.#append(kind, data, key));
  }

  async #append<Kind extends EntryKind>(kind: Kind, data: EntryData<Kind>, key: string): Promise<boolean> {
    const deps = { vault: this.vault, clock: this.#deps.clock, context: this.#deps.context };
    const place = placed(kind, key, this.target.mcp, this.#declaredMcp);
    const { entries, written } = await appendEntry(deps, this.id, this.#chain, { kind, data, ...place });
    this.#know(entries);
    return written;
  }

  #know(chain: LedgerEntry[]): void {
    this.#chain = chain;
    this.#entries = viewOf(chain, this.target.mcp);
  }

  /**
   * Renders the issue anew from the ledger. Two jobs may do so at once: whoever sees a longer ledger afterwards
   * renders again, so the last rendering is of the whole chain. Where the issue is closed and the incident is not over it
   * is opened again. A failure is a warning: the ledger is the truth.
   * @returns whether the issue shows the ledger.
   */
  async project(): Promise<boolean> {
    try {
      for (let round = 0; round < 5; round += 1) {
        await this.refresh();
        const issue = await readIssue(this.#deps, this.number);
        if (issue.state === "closed") await openAgain(this.#deps, this, issue);
        const rendered = this.#chain.length;
        await updateIssue(this.#deps, this.number, issue, renderIssue(this.#chain, this.runbook));
        await this.refresh();
        if (this.#chain.length === rendered) return true;
      }
    } catch (error) {
      this.#deps.log.warning(`The issue could not be rendered from the ledger: ${(error as Error).message}`);
    }
    return false;
  }

  /** Has the issue's comment of this key say this: posts it, or edits it. A failure is a warning. */
  async keepComment(key: string, markdown: string): Promise<void> {
    try {
      await keepComment(this.#deps, this.number, key, markdown);
    } catch (error) {
      this.#deps.log.warning(`The comment '${key}' could not be written: ${(error as Error).message}`);
    }
  }

  /** Comments on the issue, at most once per key and mcp. A failure is a warning. */
  async comment(key: string, markdown: string): Promise<void> {
    const own = this.joined ? `${this.target.mcp}/${key}` : key;
    try {
      await commentOnce(this.#deps, this.number, own, markdown);
    } catch (error) {
      this.#deps.log.warning(`The comment '${key}' could not be posted: ${(error as Error).message}`);
    }
  }
}

/** The vault, with this incident's label on what is written to it and the runbook's retention. */
function onTerms(
  vault: Vault,
  clock: Clock,
  runbook: Runbook,
  number: number,
  { detectedAt }: IncidentFacts,
): Vault {
  const { retention } = runbook.evidence;
  const kept = retention && { mode: retention.mode, days: retention.days, legalHold: retention.legal_hold };
  const label = { incident: incidentId(number), "incident-date": detectedAt };
  return { ...vault, terms: writeTerms(clock, kept, label) };
}
