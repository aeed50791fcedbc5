import type { RunRecord } from "../../drill/contracts.ts";
import type { IncidentFacts } from "../../src/incident/entries.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import { facts } from "./incident.ts";
import { ONCALL, REVIEWER } from "./plays/people.ts";
import { type Job, PlayWorld } from "./plays/play-world.ts";

/** The simulated platform, with a runbook in which everybody can be told in two ways. */

/** Not so fast that a machine with much to do takes longer than the product waits for an answer. */
const SPEED = 20;

/** Who is told, in the order of the runbook, and by which channels, in theirs. */
export const WAYS: Readonly<Record<string, readonly [string, string]>> = {
  "it-infrastructure-manager": ["github", "ses"],
  "AI connectors team": ["sns", "teams"],
  "global-security-operations": ["slack", "ses"],
  "data-protection-officer": ["ses", "github"],
};

export function twoWays(text: string): string {
  const replaced = (from: string, to: string) => {
    if (!text.includes(from)) throw new Error(`the runbook has no ${from}`);
    text = text.replace(from, to);
  };
  replaced(
    "    role: IT Infrastructure Manager\n    fill_in: name and email\n",
    `    role: IT Infrastructure Manager\n    email: manager@example.com\n    telephone: "+45 12 34 56 78"\n    channels: [{ github: ${ONCALL} }, { ses: true }]\n`,
  );
  replaced(
    "      topic: aiconnectors-alarms-{env}\n      from: low\n",
    "      topic: aiconnectors-alarms-{env}\n      from: low\n      channels: [{ teams: '/firebreak/{env}/webhooks/team' }]\n",
  );
  replaced(
    "    email: globalsecops@novonordisk.com\n",
    "    email: globalsecops@novonordisk.com\n    channels: [{ slack: '/firebreak/{env}/webhooks/gso' }, { ses: true }]\n",
  );
  replaced(
    "    email: dataprotection@novonordisk.com\n",
    `    email: dataprotection@novonordisk.com\n    channels: [{ ses: true }, { github: ${REVIEWER} }]\n`,
  );
  return text;
}

/** A message as it arrived. */
export interface Arrived {
  recipient: string;
  channel: string;
  text: string;
  at: string;
}

export interface Declared {
  incident: string;
  run: RunRecord;
}

export class ToldWorld {
  readonly play: PlayWorld;

  private constructor(play: PlayWorld) {
    this.play = play;
  }

  static async start(): Promise<ToldWorld> {
    return new ToldWorld(await PlayWorld.start({ runbook: twoWays, speed: SPEED }));
  }

  /** An incident as `open-incident` declares it, without a plan. */
  async declare(changes: Partial<IncidentFacts> = {}): Promise<Declared> {
    const { play } = this;
    const run = play.dispatch();
    const deps = play.deps(play.job(run, "declare", "evidence"));
    const { owner, repo } = deps.context;
    const { data: issue } = await deps.github.rest.issues.create({ owner, repo, title: "An incident" });
    const { environment, mcp } = play.target;
    const declared = facts({ environment, mcp, issueUrl: issue.html_url, runId: run.id, ...changes });
    await IncidentRecord.start(deps, play.workspace.runbook(), issue.number, declared);
    return { incident: String(issue.number), run };
  }

  job(run: RunRecord, key = "escalate"): Job {
    return this.play.job(run, key, "evidence");
  }

  /** What reached people about an incident, in the order in which it arrived; who it was for, by address. */
  arrived(incident: string): Arrived[] {
    const messages = this.play.platform.messages
      .all()
      .filter(({ text }) => new RegExp(`INC-${incident}\\b`).test(text))
      .map(({ channel, to, text, at }) => ({ recipient: recipientOf(to), channel, text, at }));
    const issues = this.play.platform.github.state.toIssuesJson() as unknown as {
      number: number;
      comments: { body: string; created_at?: string; createdAt?: string }[];
    }[];
    const comments = issues.find(({ number }) => String(number) === incident)?.comments ?? [];
    const mentions = comments.flatMap(({ body, created_at, createdAt }) => {
      const [, login] = /^@([\w-]+)$/m.exec(body) ?? [];
      if (login === undefined) return [];
      const recipient = login === ONCALL ? "it-infrastructure-manager" : "data-protection-officer";
      return [{ recipient, channel: "github", text: body, at: created_at ?? createdAt ?? "" }];
    });
    return [...messages, ...mentions];
  }

  close(): Promise<void> {
    return this.play.close();
  }
}

function recipientOf(to: string): string {
  if (/:aiconnectors-alarms-|team/.test(to)) return "AI connectors team";
  if (/globalsecops|gso/.test(to)) return "global-security-operations";
  return to.startsWith("manager") ? "it-infrastructure-manager" : "data-protection-officer";
}
