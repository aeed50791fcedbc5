import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parseRecord } from "../../../src/review/record-data.ts";
import { sha256 } from "../../../src/vault/digest.ts";
import { failure } from "../../support/gate-expect.ts";
import { ONCALL, REVIEWER } from "../../support/plays/people.ts";
import { FOLDER, ReviewWorld, WRITTEN } from "../../support/plays/review-world.ts";

let reviews: ReviewWorld;

beforeEach(async () => {
  reviews = await ReviewWorld.start();
});
afterEach(() => reviews.close());

const entriesOf = async (incident: string, kind: string) =>
  (await reviews.world.ledger(incident)).filter((entry) => entry.kind === kind);

describe("a closed review", () => {
  test("becomes a record, a row and figures in one pull request, and merged the incident is reviewed", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    await reviews.shut(review);
    const {
      "pull-request": pull,
      record,
      complete,
    } = await reviews.record({ "closed-issue": String(review) });
    expect(complete).toBe("true");
    const branch = `firebreak/review-INC-${incident}`;
    const [text, page] = await Promise.all([
      reviews.file(String(record), branch),
      reviews.file(`${FOLDER}/README.md`, branch),
    ]);
    const data = parseRecord(text ?? "");
    expect(data).toMatchObject({
      incident: `INC-${incident}`,
      severity: "high",
      fields: { rootCause: WRITTEN.rootCause, actionsTaken: WRITTEN.actionsTaken, severity: "High" },
      verdict: "verified",
    });
    expect(page).toContain(`[INC-${incident}](`);
    expect(page).toContain("```mermaid");
    const ledger = await reviews.world.ledger(incident);
    const hashes = (ledger as unknown as { sequence: number; previous: string }[]).map(
      ({ previous }) => previous,
    );
    expect(hashes[data?.ledger.entries ?? 0]).toBe(data?.ledger.head);
    const [proposed] = await entriesOf(incident, "record-proposed");
    expect(proposed?.data).toMatchObject({ record, sha256: sha256(text ?? ""), pullRequest: Number(pull) });

    await reviews.merge(Number(pull));
    expect(await reviews.record()).toMatchObject({ reviewed: "true" });
    const [reviewed] = await entriesOf(incident, "reviewed");
    expect(reviewed?.data).toMatchObject({ record, sha256: sha256(text ?? ""), mergedBy: REVIEWER });
    expect(await reviews.file(String(record))).toBe(text);
    expect((await reviews.world.verify(incident)).verdict).toBe("verified");
  });

  test("looked at again is proposed once", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    await reviews.shut(review);
    const first = await reviews.record({ "closed-issue": String(review) });
    const length = (await reviews.world.ledger(incident)).length;
    const head = await reviews.file(String(first.record), `firebreak/review-INC-${incident}`);
    expect(await reviews.record({ "closed-issue": String(review) })).toEqual(first);
    expect(await reviews.record()).toMatchObject({ "pull-request": first["pull-request"] });
    expect(await reviews.world.ledger(incident)).toHaveLength(length);
    expect(await reviews.file(String(first.record), `firebreak/review-INC-${incident}`)).toBe(head);
  });

  test("whose own run failed is found when reviews are looked at, complete or not", async () => {
    const { review } = await reviews.incident();
    expect(await reviews.record()).toMatchObject({ "pull-request": "" });
    await reviews.shut(review);
    expect(await reviews.record()).toMatchObject({ complete: "false" });
    expect(reviews.issue(review).state).toBe("open");
    await reviews.write(review);
    await reviews.shut(review);
    const { "pull-request": pull } = await reviews.record();
    expect(Number(pull)).toBeGreaterThan(review);
    await reviews.edit(Number(pull), { state: "closed" });
    for (let time = 0; time < 2; time += 1)
      expect(await reviews.record()).toMatchObject({ "pull-request": "" });
    await reviews.edit(review, { state: "open" });
    await reviews.shut(review);
    expect(Number((await reviews.record())["pull-request"])).toBeGreaterThan(Number(pull));
  });

  test("that is not complete is opened again with what is missing, on one comment", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.shut(review);
    expect(await reviews.record({ "closed-issue": String(review) })).toMatchObject({ complete: "false" });
    expect(reviews.issue(review).state).toBe("open");
    const said = () =>
      reviews.issue(review).comments.filter(({ body }) => body.includes("cannot be recorded yet"));
    expect(said()).toHaveLength(1);
    for (const column of ["Root cause", "Actions taken", "Process improvements"])
      expect(said()[0]?.body).toContain(column);
    await reviews.write(review, { actionsTaken: "TBD" });
    await reviews.shut(review);
    await reviews.record({ "closed-issue": String(review) });
    expect(said()).toHaveLength(1);
    expect(said()[0]?.body).not.toContain("Root cause");
    expect(said()[0]?.body).toContain("Actions taken");
    expect(await entriesOf(incident, "review-incomplete")).toHaveLength(2);
    expect(await entriesOf(incident, "record-proposed")).toHaveLength(0);
    expect((await failure(reviews.record({ incident }))).reason).toBe("review-incomplete");
  });

  test("by hand an open one that is complete is closed and recorded", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    const { "pull-request": pull } = await reviews.record({ incident });
    expect(Number(pull)).toBeGreaterThan(review);
    expect(reviews.issue(review).state).toBe("closed");
  });

  test("another issue with the review's words is none", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    const { body } = reviews.issue(review);
    const { json } = await reviews.world.platform.github.state.act(ONCALL, "issues/create", {
      body: { title: `Review of INC-${incident}: forged`, body, labels: ["incident-review"] },
    });
    const forged = (json as { number: number }).number;
    await reviews.shut(forged);
    await reviews.record({ "closed-issue": String(forged) });
    expect(await entriesOf(incident, "record-proposed")).toEqual([]);
  });
});

describe("improvements", () => {
  test("become issues of their own once, assigned and linked, and are tracked until closed", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    for (let time = 0; time < 2; time += 1) {
      await reviews.shut(review);
      await reviews.record({ "closed-issue": String(review) });
    }
    const opened = await entriesOf(incident, "improvement-opened");
    expect(opened.map(({ data }) => data)).toMatchObject([{ owner: ONCALL, due: "2031-01-15" }]);
    const number = Number(opened[0]?.data.issue);
    const issue = reviews.issue(number);
    expect(issue.assignees).toEqual([ONCALL]);
    expect(
      reviews.world.platform.github.state.toIssuesJson().find((one) => one.number === number)?.parent,
    ).toBe(review);
    expect(reviews.issue(review).body).toContain(`due: 2031-01-15) → #${number}`);
    await reviews.shut(number);
    await reviews.record({ "closed-issue": String(number) });
    expect(await entriesOf(incident, "improvement-closed")).toHaveLength(1);
  });

  test("with nobody who can do them or no day are said, and none is lost", async () => {
    const { incident, review } = await reviews.incident();
    await reviews.write(review, {
      improvements: [
        "- [ ] First thing to do (owner: @nobody-here, due: 2031-01-15)",
        "- [ ] Second thing to do (owner: @oncall-engineer, due: 2031-02-30)",
        "- [ ] Third thing to do (owner: @oncall-engineer, due: 2031-02-28)",
        "- [ ] Fourth thing to do (owner: @oncall-engineer, due: 2020-02-28)",
        "- [ ] Fifth thing to do",
        "- [x] Sixth thing, which is done",
      ].join("\n"),
    });
    await reviews.shut(review);
    await reviews.record({ "closed-issue": String(review) });
    const [comment] = reviews
      .issue(review)
      .comments.filter(({ body }) => body.includes("cannot be recorded yet"));
    for (const word of ["First", "Second", "Fourth", "Fifth"])
      expect(comment?.body).toContain(`${word} thing`);
    for (const word of ["Third", "Sixth"]) expect(comment?.body).not.toContain(`${word} thing`);
    expect(await entriesOf(incident, "improvement-opened")).toHaveLength(1);
    expect(reviews.issue(review).state).toBe("open");
  });
});

describe("what is merged", () => {
  async function proposed() {
    const { incident, review } = await reviews.incident();
    await reviews.write(review);
    await reviews.shut(review);
    const outputs = await reviews.record({ "closed-issue": String(review) });
    return { incident, review, pull: Number(outputs["pull-request"]), path: String(outputs.record) };
  }

  test("two reviews at once lose no row: the second is made again on top of the first", async () => {
    const [first, second] = [await proposed(), await proposed()];
    await reviews.merge(first.pull);
    await expect(reviews.merge(second.pull)).rejects.toThrow(/not mergeable/);
    await reviews.record();
    expect(await reviews.kinds(first.incident)).toContain("reviewed");
    await reviews.merge(second.pull);
    await reviews.record();
    expect(await reviews.kinds(second.incident)).toContain("reviewed");
    const page = (await reviews.file(`${FOLDER}/README.md`)) ?? "";
    for (const { incident } of [first, second])
      expect(
        page.split("\n").filter((line) => line.startsWith("|") && line.includes(`[INC-${incident}](`)),
      ).toHaveLength(1);
  });

  test("and is another text than the ledger names does not count, and is put right by another pull request", async () => {
    const { incident, pull, path } = await proposed();
    const { github } = reviews.world.platform;
    const branch = `firebreak/review-INC-${incident}`;
    const text = (await reviews.file(path, branch)) ?? "";
    const { json } = await github.state
      .act(ONCALL, "repos/get-content", { path: { path } })
      .catch(() => ({ json: null }));
    expect(json).toBeNull();
    const sha = await blobSha(path, branch);
    await github.state.act(ONCALL, "repos/create-or-update-file-contents", {
      path: { path },
      body: {
        message: "nicer",
        content: Buffer.from(`${text}It was nobody's fault.\n`).toString("base64"),
        branch,
        sha,
      },
    });
    await reviews.merge(pull);
    const again = await reviews.record();
    expect(again).toMatchObject({ reviewed: "false" });
    const next = Number((await entriesOf(incident, "record-proposed")).at(-1)?.data.pullRequest);
    expect(next).not.toBe(pull);
    await reviews.merge(next);
    expect(await reviews.record()).toMatchObject({ reviewed: "true" });
    expect(await reviews.file(path)).toBe(text);
  });

  test("closed without merging is withdrawn, said on the review, and proposed again by hand", async () => {
    const { incident, review, pull } = await proposed();
    await reviews.edit(pull, { state: "closed" });
    await reviews.record();
    await reviews.record();
    const said = reviews.issue(review).comments.filter(({ body }) => body.includes("was not merged"));
    expect(said).toHaveLength(1);
    expect(said[0]?.body).toContain(`#${pull} was closed`);
    expect(said[0]?.body).toContain(
      `gh workflow run record-review.yml -f incident=${incident} -f environment=`,
    );
    expect((await entriesOf(incident, "record-withdrawn")).map(({ data }) => data)).toEqual([
      { pullRequest: pull, closedBy: ONCALL },
    ]);
    const { "pull-request": next } = await reviews.record({ incident });
    expect(Number(next)).not.toBe(pull);
  });

  async function blobSha(path: string, ref: string): Promise<string> {
    const { github } = reviews.world.platform;
    const answer = await fetch(
      `${github.apiUrl}/repos/${github.host.repository}/contents/${path}?ref=${ref}`,
      {
        headers: { authorization: `Bearer ${github.state.userToken(ONCALL)}`, "user-agent": "test" },
      },
    );
    return ((await answer.json()) as { sha: string }).sha;
  }
});
