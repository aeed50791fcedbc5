/**
 * Comments on an incident's issue, hostile and malformed ones, through the event, the API and the ledger: nothing is
 * obeyed that should not be, nothing is leaked, and each gets one answer at most. All of them in this process, some of
 * them through the committed bundle.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  BOT,
  CommentWorld,
  ONCALL,
  type Posted,
  READER,
  REVIEWER,
  STRANGER,
  TRIAGER,
} from "../support/comment-world.ts";
import { figures } from "../support/figures.ts";
import { GOOD, LOOKALIKES, NOTES, WRAPPINGS } from "../support/hostile-comments.ts";

const CANARY = "canary-7f3a";
const NOT_ALLOWED =
  "This was not obeyed: commands are taken from people with write access to this repository.";
/** Of the commands that anybody would obey, some that this incident could obey. */
const OBEYABLE = [
  "/ack",
  `/ack ${CANARY}`,
  `/confirm investigate ${CANARY}`,
  `/severity critical ${CANARY}`,
  "/status",
];

let world: CommentWorld;
const table: Record<string, { comments: number; obeyed: number; answered: number }> = {};
const count = (group: string, obeyed: boolean, answers: number) => {
  table[group] ??= { comments: 0, obeyed: 0, answered: 0 };
  table[group].comments += 1;
  table[group].obeyed += Number(obeyed);
  table[group].answered += answers;
};

beforeAll(async () => {
  world = await CommentWorld.start();
});
afterAll(async () => {
  await world.end();
  const all = Object.values(table).reduce((sum, { comments }) => sum + comments, 0);
  figures("comments", { comments: all, table });
});

/** What a comment does to the ledger of the incident and to the thread it stands in. */
async function happens(group: string, { id, event }: Posted, issue = world.incident, actor = ONCALL) {
  const before = (await world.kinds()).length;
  const others = world.issue(issue).comments.length;
  await world.obey(event, actor);
  const added = (await world.kinds()).slice(before);
  const answers = world.answers(id, issue);
  count(group, added.length > 0, answers.length);
  expect(answers.length).toBeLessThanOrEqual(1);
  expect(world.issue(issue).comments.length - others).toBe(answers.length);
  const answer = answers[0] ?? "";
  for (const secret of [world.world.target.vault, world.world.target.evidenceRole, "token"])
    expect(answer).not.toContain(secret);
  expect(outsideCode(answer)).not.toMatch(/@|#\d|<(?!!--)|!\[|\]\(|canary/);
  return { added, answer };
}

/** What of an answer GitHub reads as Markdown: without Firebreak's own marker, and without code. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/^<!-- firebreak:comment \{"key":"answer\/\d+"\} -->/, "")
    .replace(/(`+) [\s\S]*? \1(?!`)/g, "");
}

describe("who may not write to the repository", () => {
  const people: [string, string][] = [
    ["who only reads", READER],
    ["who triages issues", TRIAGER],
    ["a stranger", STRANGER],
    ["an app with write access", BOT],
  ];
  test.each(people)("%s is not obeyed, whatever he writes", async (who, login) => {
    for (const body of OBEYABLE) {
      const { added, answer } = await happens(`by ${who}`, await world.comment(login, body));
      expect(added).toEqual([]);
      const belongs = login === READER || login === TRIAGER;
      expect(answer === "" ? "" : NOT_ALLOWED).toBe(belongs ? NOT_ALLOWED : "");
      if (belongs) expect(answer).toContain(NOT_ALLOWED);
    }
  });

  test("nor is an event that claims another author", async () => {
    const posted = await world.comment(STRANGER, "/ack");
    const { comment } = (await world.comment(ONCALL, "a word")).event as { comment: { user: object } };
    const event = { ...posted.event, comment: { ...(posted.event.comment as object), user: comment.user } };
    const { added, answer } = await happens("by a stranger", { ...posted, event });
    expect([added, answer]).toEqual([[], ""]);
  });
});

/** GitHub's times have whole seconds; the drill's clock runs a hundred times as fast. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 25));

describe("a comment that is not what was first written", () => {
  const changed: [string, (body: string) => Promise<Posted>][] = [
    [
      "edited into a command",
      async (body) => {
        const posted = await world.comment(ONCALL, "a word");
        await pause();
        await world.edit(ONCALL, posted.id, body);
        return {
          ...posted,
          event: { ...posted.event, comment: { ...(posted.event.comment as object), body } },
        };
      },
    ],
    [
      "edited by somebody else",
      async (body) => {
        const posted = await world.comment(ONCALL, body);
        await world.edit(REVIEWER, posted.id, `${body} and more`);
        return posted;
      },
    ],
    [
      "edited and put back",
      async (body) => {
        const posted = await world.comment(ONCALL, body);
        await pause();
        await world.edit(ONCALL, posted.id, "a word");
        await world.edit(ONCALL, posted.id, body);
        return posted;
      },
    ],
    [
      "deleted",
      async (body) => {
        const posted = await world.comment(ONCALL, body);
        const path = { path: { comment_id: posted.id } };
        await world.world.platform.github.state.act(ONCALL, "issues/delete-comment", path);
        return posted;
      },
    ],
    ["announced as edited", (body) => world.comment(ONCALL, body, world.incident, { action: "edited" })],
  ];
  test.each(changed)("%s is not obeyed", async (how, prepare) => {
    for (const body of OBEYABLE) {
      const { added, answer } = await happens(how, await prepare(body));
      expect([added, answer]).toEqual([[], ""]);
    }
  });
});

describe("a comment that stands elsewhere", () => {
  test("on a pull request, on an issue that is none, or on one that only bears the label", async () => {
    const pull = { pull_request: { url: "https://api.github.example/repos/acme/platform/pulls/1" } };
    const plain = await world.otherIssue(ONCALL);
    const labelled = await world.otherIssue(ONCALL, ["incident", "environment:dev", "severity:critical"]);
    for (const body of OBEYABLE) {
      const posted = await world.comment(ONCALL, body);
      const event = { ...posted.event, issue: { ...(posted.event.issue as object), ...pull } };
      const elsewhere = [
        await happens("on a pull request", { ...posted, event }),
        await happens("on another issue", await world.comment(ONCALL, body, plain), plain),
        await happens(
          "on an issue with the label alone",
          await world.comment(ONCALL, body, labelled),
          labelled,
        ),
      ];
      for (const { added, answer } of elsewhere) expect([added, answer]).toEqual([[], ""]);
    }
  });

  test("with an event that names the incident instead", async () => {
    const plain = await world.otherIssue(ONCALL);
    const { event } = await world.comment(ONCALL, "a word");
    const posted = await world.comment(ONCALL, "/ack", plain);
    const { added, answer } = await happens("on another issue", {
      ...posted,
      event: { ...posted.event, issue: event.issue },
    });
    expect([added, answer]).toEqual([[], ""]);
  });
});

describe("what only looks like a command", () => {
  test.each(WRAPPINGS)("in %s is none", async (_name, wrap) => {
    for (const body of [GOOD[0], GOOD[3]]) {
      const { added, answer } = await happens("wrapped", await world.comment(ONCALL, wrap(body ?? "")));
      expect([added, answer]).toEqual([[], ""]);
    }
  });

  test("with a letter or a blank that is another one is none", async () => {
    for (const [, body] of LOOKALIKES.filter(([, text]) => text !== "")) {
      const { added, answer } = await happens("looks alike", await world.comment(ONCALL, body));
      expect([added, answer]).toEqual([[], ""]);
    }
  });
});

describe("what is meant as a command and is none", () => {
  test.each([
    ["/ACK looking at it"],
    ["/Severity low all good"],
    ["/confirm ../../etc by Bo"],
    ["/confirm __proto__ by Bo"],
    ["/confirm constructor by Bo"],
    ["/confirm $(reboot) by Bo"],
    ["/confirm detect by Bo"],
    ["/confirm review all done"],
    [`/severity @everyone ${CANARY}`],
    ["/severity low; rm -rf / now"],
    ["/severity critical \u200b"],
    ["/ack\n/severity low all good"],
    ["/ack\n\n> quoted\n/confirm restore by Bo"],
    [`/ack ${"a".repeat(60_000)}`],
    [`/confirm investigate ${"@oncall ".repeat(7_500)}`],
    [`/severity low ${"![](https://attacker.example/x)".repeat(2_000)}`],
    [`/status ${"\n".repeat(60_000)}x`],
  ])("%.40j changes nothing and is answered once", async (body) => {
    const { added, answer } = await happens("malformed", await world.comment(ONCALL, body));
    expect(added).toEqual([]);
    expect(answer).toContain("Nothing was done");
    expect(answer.length).toBeLessThan(2_000);
  });
});

describe("a command with a hostile note", () => {
  test.each(NOTES)("is obeyed, and the note is only text: %s", async (_name, note) => {
    const { added, answer } = await happens(
      "hostile notes",
      await world.comment(ONCALL, `/confirm nothing-like-it ${note}`),
    );
    expect(added).toEqual([]);
    expect(answer).toContain("has no step");
    const to = world.issue().labels.includes("severity:high") ? "medium" : "high";
    const changed = await happens("hostile notes", await world.comment(REVIEWER, `/severity ${to} ${note}`));
    expect(changed.added).toContain("severity-changed");
    expect(changed.answer).toMatch(/\*\*Severity (raised|lowered)/);
    const { body } = world.issue();
    const shown = outsideCode((body ?? "").replaceAll(/<!-- [\s\S]*? -->/g, ""));
    expect(shown).not.toMatch(/attacker\.example|@acme|<script|<img/);
  });

  test("whoever writes an answer's marker first does not take its place", async () => {
    const posted = await world.comment(ONCALL, "/status");
    await world.comment(STRANGER, `<!-- firebreak:comment {"key":"answer/${posted.id}"} -->\nAll is well.`);
    expect((await happens("hostile notes", posted)).answer).toMatch(/\*\*(OPEN|CONTAINED)\*\*/);
  });
});

describe("the committed bundle", () => {
  const run = async ({ event }: Posted, environment = "dev") => {
    const options = { env: world.env(event) };
    return world.world.bundle("comment", { environment }, world.job(), options);
  };

  test("obeys a command, and nothing of a comment is in the job's log", async () => {
    const posted = await world.comment(REVIEWER, `/ack ${CANARY}\n::error::${CANARY}`);
    const before = (await world.kinds()).length;
    const { code, output, outputs } = await run(posted);
    expect([code, outputs.obey]).toEqual([0, "true"]);
    expect((await world.kinds()).slice(before)).toEqual(["acknowledged"]);
    expect(world.answers(posted.id)).toHaveLength(1);
    expect(output).not.toContain(CANARY);
  });

  test.each<[string, () => Promise<Posted>]>([
    ["of one who only reads", () => world.comment(READER, `/severity low ${CANARY}`)],
    ["of an app", () => world.comment(BOT, `/severity low ${CANARY}`)],
    ["of sixty thousand characters", () => world.comment(ONCALL, `/ack ${CANARY.repeat(5_000)}`)],
    ["in a quotation", () => world.comment(ONCALL, `> /ack ${CANARY}`)],
  ])("obeys none %s", async (_name, post) => {
    const posted = await post();
    const before = (await world.kinds()).length;
    const { code, output } = await run(posted);
    expect(code).toBe(0);
    expect(await world.kinds()).toHaveLength(before);
    expect(world.answers(posted.id).length).toBeLessThanOrEqual(1);
    expect(output).not.toContain(CANARY);
  });
});
