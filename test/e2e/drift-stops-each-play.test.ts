import { afterAll, expect, test } from "@jest/globals";
import { figures } from "../support/figures.ts";
import { configurationOf } from "../support/plays/platform-state.ts";
import { PLAYS, type Play } from "../support/plays/plays.ts";
import { makeReady, type Ready } from "../support/plays/ready.ts";
import { table } from "../support/plays/table.ts";

/** What the responder reads, by play and moment. */
const shown = new Map<string, string>();

afterAll(() => {
  process.stdout.write(table(["play", "what the refusal shows"], [...shown]));
  figures("play-drifts", Object.fromEntries(shown));
});

test.each(PLAYS)(
  "$name stops when the platform moves between plan and apply, and shows how",
  async (play) => {
    const ready = await makeReady(play, {
      before: { approve: ({ world }) => play.drift.happens(world) },
    });
    await stopped(play, ready, play.name);
  },
  120_000,
);

/** Each play that has a way back: the platform moves after the play, before the way back is planned. */
const ALREADY = PLAYS.filter(({ after }) => after);

test.each(ALREADY)(
  "$name stops when the platform moved since containment, and shows how",
  async (play) => {
    const ready = await makeReady(play, {
      before: { plan: ({ world }) => play.drift.happens(world) },
      leaveOut: ["plan"],
    });
    const { world, incident, run } = ready;
    const planning = await world.bundle(
      "record-plan",
      { incident, change: play.after?.change ?? "" },
      world.job(run, "plan", "evidence"),
    );
    await stopped(play, ready, `${play.name}, planned after it`, planning.output);
  },
  120_000,
);

async function stopped(play: Play, ready: Ready, name: string, planning = ""): Promise<void> {
  const { world, incident } = ready;
  try {
    const [before, calls] = [configurationOf(world.platform), world.changes().length];
    const { code, output } = await world.bundle(play.action, ready.inputs, ready.job());
    expect({ code, changes: world.changes().slice(calls), output: code === 1 ? "" : output }).toEqual({
      code: 1,
      changes: [],
      output: "",
    });
    const text = `${planning}${output}`;
    expect(text).toMatch(play.drift.shows);
    expect(text).toMatch(/To mend it: \S/);
    expect(configurationOf(world.platform)).toBe(before);
    const refusal = (await world.ledger(incident)).findLast(({ kind }) => kind === "gate-refused");
    expect(refusal).toBeDefined();
    const [issue] = world.platform.github.state.toIssuesJson();
    expect(issue?.body).toContain("**Stopped:**");
    const [line = ""] = play.drift.shows.exec(decodeURIComponent(text.replaceAll("%0A", "\n"))) ?? [];
    shown.set(name, line);
  } finally {
    await world.close();
  }
}
