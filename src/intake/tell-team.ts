import { FirebreakError } from "../errors.ts";
import { teamOf } from "../incident/escalation.ts";
import { type NotifyDeps, openChannel } from "../notify/channels.ts";
import type { Message } from "../notify/message.ts";
import type { Runbook } from "../runbook/schema.ts";
import { resolveTarget } from "../runbook/target.ts";
import { putOnce, readObject, type Vault } from "../vault/vault.ts";

/** So many matters one message links. */
const MOST = 20;

/** Something that people have to look at before there is an incident. */
export interface Matter {
  /** Tells it from all others, for good. */
  key: string;
  title: string;
  url: string;
}

/**
 * Tells the teams of the runbook's table of several matters by one message, each of them once: what was told stands in the
 * vault. Killed in between, they are told again. Without an issue there is nowhere to mention anybody, so GitHub is none of
 * the channels.
 * @throws FirebreakError `team-not-told` when no channel of any team has taken it.
 */
export async function tellTeam(
  deps: NotifyDeps,
  runbook: Runbook,
  { environment, mcp }: { environment: string; mcp: string },
  matters: readonly Matter[],
  words: Omit<Message, "links">,
): Promise<void> {
  const target = resolveTarget(runbook, environment, mcp);
  const vault: Vault = { s3: deps.aws(target.region).s3, bucket: target.vault };
  const fresh: Matter[] = [];
  for (const matter of matters) if (!(await readObject(vault, toldKey(matter)))) fresh.push(matter);
  if (fresh.length === 0) return;
  const message = {
    ...words,
    opening: [
      ...words.opening,
      ...(fresh.length > MOST ? [`${fresh.length} in all; these are the first.`] : []),
    ],
    links: fresh.slice(0, MOST).map(({ title, url }) => ({ title, url })),
  };
  const teams = runbook.escalation.notify.flatMap((row) => ("team" in row ? teamOf(row, environment) : []));
  let reached = false;
  for (const { ways } of teams) reached = (await sendByOneOf(ways)) || reached;
  if (!reached)
    throw new FirebreakError(
      "team-not-told",
      `Nobody could be told: ${words.subject} (${fresh.map(({ title }) => title).join(", ")}).`,
      "See the warnings above. The team's topic and channels stand in the runbook, in escalation.notify.",
    );
  const at = deps.clock.now().toISOString();
  for (const matter of fresh)
    await putOnce(vault, toldKey(matter), `${JSON.stringify({ at })}\n`, { contentType: "application/json" });

  async function sendByOneOf(ways: ReturnType<typeof teamOf>["ways"]): Promise<boolean> {
    for (const way of ways.filter(({ channel }) => channel !== "github")) {
      try {
        const channel = await openChannel(deps, { runbook, target, number: 0 }, way, "", message);
        const attempt = await channel.send();
        if (attempt.outcome === "sent") return true;
        deps.log.warning(`The team by ${way.channel}: ${attempt.why}`);
      } catch (error) {
        deps.log.warning(`The team by ${way.channel}: ${(error as Error).message}`);
      }
    }
    return false;
  }
}

function toldKey({ key }: Matter): string {
  return `intake/told/${key}.json`;
}
