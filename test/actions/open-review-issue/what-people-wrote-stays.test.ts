import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ReviewWorld } from "../../support/plays/review-world.ts";

let reviews: ReviewWorld;

beforeEach(async () => {
  reviews = await ReviewWorld.start();
});
afterEach(() => reviews.close());

test("run again after people wrote and more has happened, only the ledger's comment changes", async () => {
  const { world } = reviews;
  const { incident, review } = await reviews.incident();
  await reviews.write(review);
  const { body, comments: before } = reviews.issue(review);
  expect(before).toHaveLength(1);
  const first = before[0]?.body;
  const run = world.dispatch();
  const note = "Found the client in the records.";
  const confirmed = { incident, mcp: "servicenow", step: "investigate", note };
  await world.act("confirm-step", confirmed, world.job(run, "confirm", "evidence"));
  await world.act("open-review-issue", { incident }, world.job(run, "review", "evidence"));
  const after = reviews.issue(review);
  expect(after.body).toBe(body);
  expect(after.comments).toHaveLength(1);
  expect(first).not.toContain(note);
  expect(after.comments[0]?.body).toContain(note);
  const kinds = await reviews.kinds(incident);
  expect(kinds.filter((kind) => kind === "review-opened")).toHaveLength(1);
  expect(
    world.platform.github.state.issues().filter(({ labels }) => labels.includes("incident-review")),
  ).toHaveLength(1);
});

test("the evidence is verified once for each state of it, and a broken one is said", async () => {
  const { world } = reviews;
  const { incident, review } = await reviews.incident();
  const again = () =>
    world.act("open-review-issue", { incident }, world.job(world.dispatch(), "review", "evidence"));
  await again();
  const verdicts = async () =>
    (await world.ledger(incident))
      .filter(({ kind }) => kind === "evidence-verified")
      .map(({ data }) => data.verdict);
  expect(await verdicts()).toEqual(["verified"]);
  const { s3 } = world.deps(world.job(world.dispatch(), "other", "evidence")).aws(world.plan.region);
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  const stray = {
    Bucket: world.target.vault,
    Key: `incidents/INC-${incident}/captures/9/notes.txt`,
    Body: "x",
  };
  await s3.send(new PutObjectCommand({ ...stray, IfNoneMatch: "*", ChecksumAlgorithm: "SHA256" }));
  const confirmed = { incident, mcp: "servicenow", step: "investigate", note: "Looked at everything." };
  await world.act("confirm-step", confirmed, world.job(world.dispatch(), "confirm", "evidence"));
  await again();
  const [, last] = await verdicts();
  expect(last).toBe("not-verified");
  expect(reviews.issue(review).comments[0]?.body).toContain("**not verified**");
});
