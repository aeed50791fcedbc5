/** An incident with its issue on the simulated GitHub, and people, bots and strangers who comment on it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ONCALL, REVIEWER } from "./plays/people.ts";
import { SMALL } from "./plays/play-scenario.ts";
import type { Job } from "./plays/play-world.ts";
import { PlayWorld } from "./plays/play-world.ts";
import { runAction } from "./plays/run-of.ts";

export const [READER, TRIAGER, STRANGER, BOT] = [
  "curious-reader",
  "issue-triager",
  "passer-by",
  "helper-app",
];

type Json = Record<string, unknown>;
export interface Posted {
  id: number;
  event: Json;
}

export class CommentWorld {
  readonly world: PlayWorld;
  /** The one that comments are written on. */
  incident: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "firebreak-comments-"));
  #files = 0;

  private constructor(world: PlayWorld, incident: number) {
    this.world = world;
    this.incident = incident;
  }

  /** @param declared laid over the declaration. */
  static async start(declared: Record<string, string> = {}): Promise<CommentWorld> {
    const users = [
      ...SMALL.repository.users,
      { login: READER, permission: "read" },
      { login: TRIAGER, permission: "triage" },
      { login: STRANGER, permission: "none" },
      { login: BOT, permission: "write", kind: "Bot" },
    ];
    const world = await PlayWorld.start({ scenario: { repository: { ...SMALL.repository, users } } });
    return new CommentWorld(world, await declareIn(world, declared));
  }

  /** Declares another one and goes on with that. */
  async declareAnother(): Promise<void> {
    this.incident = await declareIn(this.world, {});
  }

  /** Somebody comments, as on github.com. @param as how the event that starts the workflow differs from what GitHub sends. */
  async comment(login: string, body: string, issue = this.incident, as: Json = {}): Promise<Posted> {
    const { state } = this.world.platform.github;
    const posted = (
      await state.act(login, "issues/create-comment", { path: { issue_number: issue }, body: { body } })
    ).json;
    return this.#posted(posted as Json, issue, as);
  }

  async #posted(comment: Json, issue: number, as: Json): Promise<Posted> {
    const about = await this.#issue(issue);
    return {
      id: Number(comment.id),
      event: { action: "created", issue: about, comment, sender: comment.user, ...as },
    };
  }

  async edit(login: string, id: number, body: string): Promise<void> {
    await this.world.platform.github.state.act(login, "issues/update-comment", {
      path: { comment_id: id },
      body: { body },
    });
  }

  /** Somebody closes the issue. @returns the event. */
  async close(login: string, number = this.incident): Promise<Json> {
    const { state } = this.world.platform.github;
    await state.act(login, "issues/update", { path: { issue_number: number }, body: { state: "closed" } });
    return { action: "closed", issue: await this.#issue(number), sender: { login, type: "User" } };
  }

  async #issue(number: number): Promise<Json> {
    const { state } = this.world.platform.github;
    return (await state.act(ONCALL, "issues/get", { path: { issue_number: number } })).json as Json;
  }

  /** An issue of somebody's own. */
  async otherIssue(login: string, labels: string[] = []): Promise<number> {
    const { state } = this.world.platform.github;
    const asked = { body: { title: "Something else", body: "x", labels } };
    return Number(((await state.act(login, "issues/create", asked)).json as Json).number);
  }

  /** Runs an action in this process on an event, as its job. @returns its outputs. */
  async run(
    action: string,
    event: Json,
    inputs: Record<string, string> = {},
    job = this.job(),
  ): Promise<Json> {
    const deps = this.world.deps(job);
    const eventPath = this.#write(event);
    const given = { "github-token": "token", ...inputs };
    const outputs = await runAction(action, given, { ...deps, context: { ...deps.context, eventPath } });
    this.world.end(job);
    return outputs;
  }

  /** Both jobs of comment.yml, in this process: the look, and where it says so, the environment's own. */
  async obey(event: Json, actor = ONCALL): Promise<Json> {
    const looked = await this.run("comment", event, {}, this.job(actor));
    if (looked.obey !== "true") return looked;
    return this.run("comment", event, { environment: this.world.target.environment }, this.job(actor));
  }

  job(actor = ONCALL): Job {
    return this.world.job(this.world.dispatch(actor), "obey", "evidence");
  }

  /** The event's file, for a bundle. */
  env(event: Json): Record<string, string> {
    return { GITHUB_EVENT_PATH: this.#write(event) };
  }

  kinds(): Promise<string[]> {
    return this.world.ledger(String(this.incident)).then((entries) => entries.map(({ kind }) => kind));
  }

  issue(number = this.incident) {
    const found = this.world.platform.github.state.issues().find((one) => one.number === number);
    if (!found) throw new Error(`there is no issue ${number}`);
    return found;
  }

  /** Firebreak's answers to a comment. */
  answers(id: number, number = this.incident): string[] {
    const marker = `"answer/${id}"`;
    return this.issue(number)
      .comments.filter(({ author, body }) => author === "github-actions[bot]" && body.includes(marker))
      .map(({ body }) => body);
  }

  async end(): Promise<void> {
    await this.world.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(event: Json): string {
    this.#files += 1;
    const path = join(this.#folder, `${this.#files}.json`);
    writeFileSync(path, JSON.stringify(event));
    return path;
  }
}

async function declareIn(world: PlayWorld, declared: Record<string, string>): Promise<number> {
  const run = world.dispatch();
  const declaration = {
    severity: "high",
    mcp: "servicenow",
    type: "service-outage",
    summary: "5xx on every call",
  };
  const job = world.job(run, "declare", "evidence");
  const { incident } = await world.act("open-incident", { ...declaration, ...declared }, job);
  return Number(incident);
}

export { ONCALL, REVIEWER };
