import { afterAll, expect, test } from "@jest/globals";
import { figures } from "../support/figures.ts";
import { type Walk, walk } from "../support/plays/kill-walk.ts";
import { PLAYS } from "../support/plays/plays.ts";
import { table } from "../support/plays/table.ts";

const walks = new Map<string, Walk>();

afterAll(() => {
  const rows = [...walks].map(([name, { calls, tried, landed, survived }]) => [
    name,
    ...[calls, tried, landed, survived].map(String),
  ]);
  process.stdout.write(table(["play", "calls", "kills tried", "landed", "survived"], rows));
  figures("play-kills", Object.fromEntries(walks));
});

test.each(PLAYS)(
  "$name, killed at its calls and re-run, is applied exactly once and ends as if it had been left alone",
  async (play) => {
    const counted = await walk(play);
    walks.set(play.name, counted);
    expect(counted.lost).toEqual([]);
    // A poll that the disturbed run does not make cannot be killed at.
    expect(counted.landed).toBeGreaterThanOrEqual(counted.tried * 0.8);
  },
  3_600_000,
);
