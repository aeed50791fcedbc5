/** An incident whose review is open, on the simulated platform, and the people who write, close and merge. */
import type { RunRecord } from "../../../drill/contracts.ts";
import type { Outputs } from "../../../src/ports.ts";
import { TO_BE_WRITTEN } from "../../../src/review/written.ts";
import type { BundleResult, StartOptions } from "../bundle.ts";
import { ONCALL, REVIEWER } from "./people.ts";
import { type Job, PlayWorld, type WorldOptions } from "./play-world.ts";

export const FOLDER = "docs/compliance/incident-reviews";
const GRANTS = { contents: "write", "pull-requests": "write" } as const;

/** What a person writes into a field. */
export const WRITTEN = {
  rootCause: "A batch client retried without a pause and took every connection.",
  actionsTaken: "The service was scaled down, and its key was taken from the client.",
  improvements: `Alarms come earlier.\n\n- [ ] Limit the connections of each client (owner: @${ONCALL}, due: 2031-01-15)`,
};

export interface Reviewed {
  incident: string;
  review: number;
}

export class ReviewWorld {
  readonly world: PlayWorld;

  private constructor(world: PlayWorld) {
    this.world = world;
  }

  static async start(options: WorldOptions = {}): Promise<ReviewWorld> {
    return new ReviewWorld(await PlayWorld.start(options));
  }

  close(): Promise<void> {
    return this.world.close();
  }

  /** Declares an incident and opens its review. */
  async incident(inputs: Record<string, string> = {}): Promise<Reviewed> {
    const run = this.world.dispatch();
    const declared = {
      severity: "high",
      type: "service-outage",
      mcp: "servicenow",
      summary: "5xx on every call",
    };
    const { incident = "" } = await this.world.act(
      "open-incident",
      { ...declared, ...inputs },
      this.world.job(run, "declare", "evidence"),
    );
    const opened = await this.world.act(
      "open-review-issue",
      { incident },
      this.world.job(run, "review", "evidence"),
    );
    return { incident, review: Number(opened["review-issue"]) };
  }

  /** A person fills the review in. */
  async write(review: number, written: Partial<typeof WRITTEN> = {}): Promise<void> {
    const { rootCause, actionsTaken, improvements } = { ...WRITTEN, ...written };
    const parts = (this.issue(review).body ?? "").split(TO_BE_WRITTEN);
    if (parts.length !== 4) throw new Error("the review has other fields than the test believes");
    const [first, second, third, last] = parts;
    await this.edit(review, {
      body: `${first}${rootCause}${second}${actionsTaken}${third}${improvements}${last}`,
    });
  }

  async edit(number: number, changes: Record<string, unknown>, by = ONCALL): Promise<void> {
    await this.world.platform.github.state.act(by, "issues/update", {
      path: { issue_number: number },
      body: changes as never,
    });
  }

  /** A person closes an issue. */
  shut(number: number): Promise<void> {
    return this.edit(number, { state: "closed" });
  }

  async merge(pull: number, by = REVIEWER): Promise<void> {
    await this.world.platform.github.state.act(by, "pulls/merge", { path: { pull_number: pull } });
  }

  issue(number: number) {
    const found = this.world.platform.github.state.issues().find((one) => one.number === number);
    if (!found) throw new Error(`there is no issue ${number}`);
    return found;
  }

  /** A job of record-review.yml. */
  job(run: RunRecord = this.world.dispatch()): Job {
    return { ...this.world.job(run, "record", "evidence"), permissions: GRANTS };
  }

  /** From the sources, in this process. @throws what the action throws. */
  record(inputs: Record<string, string> = {}, job = this.job()): Promise<Outputs> {
    return this.world.act("record-review", inputs, job);
  }

  bundle(inputs: Record<string, string>, job: Job, options: StartOptions = {}): Promise<BundleResult> {
    return this.world.bundle("record-review", inputs, job, options);
  }

  /** A file as a branch has it; null when it has none. */
  async file(path: string, ref = "main"): Promise<string | null> {
    const { github } = this.world.platform;
    const answer = await fetch(
      `${github.apiUrl}/repos/${github.host.repository}/contents/${path}?ref=${ref}`,
      {
        headers: {
          authorization: `Bearer ${github.state.userToken(REVIEWER)}`,
          "user-agent": "test",
          accept: "application/vnd.github.raw+json",
        },
      },
    );
    return answer.ok ? await answer.text() : null;
  }

  async kinds(incident: string): Promise<string[]> {
    return (await this.world.ledger(incident)).map(({ kind }) => kind);
  }
}
