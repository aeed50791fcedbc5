import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { timeToAcknowledge } from "../../../src/incident/acknowledgement.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import type { GitHub } from "../../../src/ports.ts";
import { CommentWorld, ONCALL, REVIEWER } from "../../support/comment-world.ts";
import { runAction } from "../../support/plays/run-of.ts";

let world: CommentWorld;
const fresh = async () => {
  world = await CommentWorld.start();
};
const end = () => world.end();
const opened = () =>
  IncidentRecord.open(world.world.deps(world.job()), world.world.workspace.runbook(), "dev", world.incident);

/** What the ledger got by a comment, and the one answer to it. */
async function obeyed(body: string, by = ONCALL) {
  const before = (await world.world.ledger(String(world.incident))).length;
  const { id, event } = await world.comment(by, body);
  const outputs = await world.obey(event, by);
  const entries = (await world.world.ledger(String(world.incident))).slice(before);
  expect(world.answers(id)).toHaveLength(1);
  return { id, event, outputs, entries, answer: world.answers(id)[0] ?? "" };
}

describe("a command in a comment", () => {
  beforeEach(fresh);
  afterEach(end);

  test("/ack takes the incident, in the commenter's name", async () => {
    const { entries, answer } = await obeyed("/ack on my way", REVIEWER);
    expect(entries.map(({ kind, data }) => [kind, data.note])).toEqual([["acknowledged", "on my way"]]);
    expect(entries[0]).toMatchObject({
      by: { login: REVIEWER },
      data: { by: { login: REVIEWER, name: "Jonas Krogh" } },
    });
    expect(answer).toContain(`**Taken by** \` ${REVIEWER} \` (\` Jonas Krogh \`)`);
    expect(world.issue().body).toContain(`**Taken by** \` ${REVIEWER} \``);
  });

  test("/ack counts from when the comment was written, not from when a runner came to it", async () => {
    const { event } = await world.comment(ONCALL, "/ack");
    await world.world.deps(world.job()).clock.sleep(60_000);
    await world.obey(event);
    const { created_at } = event.comment as { created_at: string };
    const record = await opened();
    const entry = record.latest("acknowledged");
    expect(entry?.data.at).toBe(new Date(created_at).toISOString());
    expect(Date.parse(entry?.at ?? "") - Date.parse(created_at)).toBeGreaterThanOrEqual(60_000);
    const waited = Date.parse(created_at) - Date.parse(record.chain[0]?.at ?? "");
    expect(timeToAcknowledge(record.chain)).toBe(Math.max(0, waited));
  });

  test("/confirm confirms a step, done when the comment was written", async () => {
    const { entries, answer, event } = await obeyed("/confirm investigate one user,\nread 40 records");
    const { created_at } = event.comment as { created_at: string };
    expect(entries[0]).toMatchObject({
      kind: "step-confirmed",
      data: {
        step: "investigate",
        note: "one user,\nread 40 records",
        by: "Freja Lund",
        at: new Date(created_at).toISOString(),
      },
    });
    expect(answer).toContain("` investigate ` is confirmed. Still open: ");
    expect(world.issue().body).toMatch(/- \[x\] 7\. \*\*Investigate\*\*.*one user, read 40 records/);
  });

  test("/confirm contain ends a false alarm, where it says so in so many words", async () => {
    const bare = await obeyed("/confirm contain a load test");
    expect(bare.entries).toEqual([]);
    expect(bare.answer).toContain("a person can only say that nothing has to be contained");
    const { entries, answer } = await obeyed("/confirm contain nothing-to-contain a load test");
    expect(entries.map(({ kind, data }) => [kind, data.verdict, data.note])).toEqual([
      ["step-confirmed", "nothing-to-contain", "a load test"],
    ]);
    expect(answer).toContain("` contain ` is confirmed.");
    expect(world.issue().body).toContain("> **Nothing was contained**: ` a load test `");
    expect(world.issue().labels).toContain("status:open");
  });

  test("/confirm asks what shows it where nothing but how it was found is said", async () => {
    for (const note of ["", " ---"]) {
      const { entries, answer } = await obeyed(`/confirm contain nothing-to-contain${note}`);
      expect(entries).toEqual([]);
      expect(answer).toContain(
        "what shows it is missing. It is written ` /confirm contain nothing-to-contain <",
      );
    }
  });

  test("/severity takes a capital, and tells people although the answer cannot be written", async () => {
    const { id, event } = await world.comment(ONCALL, "/severity Critical confirmed");
    const deps = world.world.deps(world.job());
    const { issues } = deps.github.rest;
    const refusal = Object.assign(new Error("Locked"), { status: 403 });
    const refusing = { ...issues, createComment: () => Promise.reject(refusal) };
    const github = { ...deps.github, rest: { ...deps.github.rest, issues: refusing } } as unknown as GitHub;
    const eventPath = world.env(event).GITHUB_EVENT_PATH ?? "";
    const inputs = { "github-token": "token", environment: "dev" };
    const outputs = await runAction("comment", inputs, {
      ...deps,
      github,
      context: { ...deps.context, eventPath },
    });
    expect(outputs).toMatchObject({ escalate: "true", issue: String(world.incident) });
    expect(world.answers(id)).toEqual([]);
  });

  test("/severity raises it, says who is told, and has the workflow tell them and open the review", async () => {
    const { entries, answer, outputs } = await obeyed("/severity critical the exfiltration is confirmed");
    expect(entries.map(({ kind }) => kind)).toEqual(["severity-changed", "escalation-due"]);
    expect(entries[0]?.data).toMatchObject({ from: "high", to: "critical", by: { login: ONCALL } });
    expect(answer).toContain("**Severity raised from High to Critical:** ` the exfiltration is confirmed `");
    expect(outputs).toMatchObject({ escalate: "true", review: "false", issue: String(world.incident) });
    expect(world.issue().labels).toContain("severity:critical");
  });

  test("/severity lowers it, which tells nobody, and raised again it opens the review", async () => {
    expect((await obeyed("/severity low a false alarm")).outputs).toMatchObject({
      escalate: "false",
      review: "false",
    });
    const { outputs, entries } = await obeyed("/severity high it was none");
    expect(outputs).toMatchObject({ escalate: "true", review: "true" });
    expect(entries[0]?.data).toMatchObject({ from: "low", to: "high" });
  });

  test("/severity down from Critical is answered with the command that asks for the approval", async () => {
    await obeyed("/severity critical confirmed");
    const { entries, answer } = await obeyed("/severity medium calmed down");
    expect(entries).toEqual([]);
    expect(answer).toContain(
      `gh workflow run set-severity.yml -f incident=${world.incident} -f environment=dev -f severity=Medium`,
    );
  });

  test("/severity below what the audit trail's verdict leaves is refused", async () => {
    const record = await opened();
    const verdict = { verdict: "tampered" as const, policyChanged: true, findings: [], capture: null };
    await record.append("audit-trail-verified", verdict, "audit-trail-verified/1/1");
    const { entries, answer } = await obeyed("/severity low never mind");
    expect(entries).toEqual([]);
    expect(answer).toContain("the audit bucket's policy was changed");
  });

  test("/status says where the incident stands, and changes nothing", async () => {
    const { entries, answer } = await obeyed("/status");
    expect(entries).toEqual([]);
    expect(answer).toMatch(/\*\*OPEN\*\* since .* UTC · High · Service outage/);
    expect(answer).toContain("**Nobody has taken this incident.**");
    expect(answer).toContain("- ` restore `");
  });

  test("done again by a re-run changes nothing, and is answered once", async () => {
    for (const body of ["/ack", "/confirm investigate looked", "/severity critical confirmed"]) {
      const { event } = await world.comment(ONCALL, body);
      const run = world.world.dispatch(ONCALL);
      const environment = { environment: "dev" };
      const first = await world.run("comment", event, environment, world.world.job(run, "obey", "evidence"));
      const comments = world.issue().comments.map(({ body: text }) => text);
      const kinds = await world.kinds();
      const again = world.world.again(run);
      expect(
        await world.run("comment", event, environment, world.world.job(again, "obey", "evidence")),
      ).toEqual(first);
      expect(await world.kinds()).toEqual(kinds);
      expect(world.issue().comments.map(({ body: text }) => text)).toEqual(comments);
    }
  });

  test("is neither obeyed nor answered in a dry run", async () => {
    const { id, event } = await world.comment(ONCALL, "/ack");
    const kinds = await world.kinds();
    const outputs = await world.run("comment", event, { environment: "dev", "dry-run": "true" });
    expect(outputs.obey).toBe("false");
    expect(await world.kinds()).toEqual(kinds);
    expect(world.answers(id)).toEqual([]);
  });

  test("is obeyed as its author's, also where somebody else re-runs the job", async () => {
    const { event } = await world.comment(ONCALL, "/ack");
    await world.obey(event, REVIEWER);
    const taken = (await world.world.ledger(String(world.incident))).at(-1);
    expect(taken).toMatchObject({
      kind: "acknowledged",
      by: { login: ONCALL },
      data: { by: { login: ONCALL } },
    });
  });
});

describe("what cannot be done", () => {
  beforeAll(fresh);
  afterAll(end);

  test.each([
    ["/confirm", "The step is missing."],
    ["/confirm no-such-step I did it", "has no step"],
    ["/confirm restore I did it", "shows it to be done"],
    ["/confirm contain I did it", "a person can only say that nothing has to be contained"],
    ["/severity worst everything burns", "The severity is one of"],
    ["/severity high it is", "The severity is High already."],
    ["/status please", "It takes nothing else."],
  ])("%s is answered with what is wrong, and changes nothing", async (body, words) => {
    const { entries, answer } = await obeyed(body);
    expect(entries).toEqual([]);
    expect(answer).toContain(words);
  });
});

describe("where a step asks how it was found", () => {
  afterAll(end);

  test("the note begins with that", async () => {
    world = await CommentWorld.start({ type: "data-exfiltration", principal: "anna.friis@example.com" });
    const without = await obeyed("/confirm check-downstream/tickets looked through it all");
    expect(without.entries).toEqual([]);
    expect(without.answer).toContain(
      "clean, affected, unclear. It is written ` /confirm check-downstream/tickets <how it was found>",
    );
    const { entries } = await obeyed("/confirm check-downstream/tickets clean looked through it all");
    expect(entries[0]?.data).toMatchObject({ verdict: "clean", note: "looked through it all" });
  });
});
