import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { FirebreakError } from "../../src/errors.ts";
import { FEW } from "../support/chosen-calls.ts";
import { figures, note } from "../support/figures.ts";
import { configurationOf } from "../support/plays/platform-state.ts";
import { PLAYS, type Play } from "../support/plays/plays.ts";
import { makeReady } from "../support/plays/ready.ts";
import { OF_THE_APPROVAL, OF_THE_PLAN, type Requirement } from "../support/plays/requirements.ts";
import { OF_THE_EVIDENCE } from "../support/plays/requirements-evidence.ts";
import { OF_SOME_PLAYS } from "../support/plays/requirements-of-plays.ts";
import { table } from "../support/plays/table.ts";

const REQUIREMENTS = [...OF_THE_APPROVAL, ...OF_THE_PLAN, ...OF_THE_EVIDENCE, ...OF_SOME_PLAYS];
const GATED = PLAYS.filter(({ sameGate }) => sameGate !== true);
const AT_ONCE = 2;
/** What every play shares is asked of a twelfth of them each time, in turn, unless all of it is asked for. */
const SHARED = new Set<Requirement>([...OF_THE_APPROVAL, ...OF_THE_PLAN, ...OF_THE_EVIDENCE]);
const LEFT = "left for FIREBREAK_EVERY_CALL=sample";
const REFUSED = "refused";

const cells = new Map<string, string>();

afterAll(() => {
  const notes = [...new Set([...cells.values()].filter((cell) => cell !== REFUSED))];
  const short = (cell = "not run") => (cell === REFUSED ? cell : `(${notes.indexOf(cell) + 1})`);
  const rows = REQUIREMENTS.map((requirement) => [
    requirement.missing,
    requirement.reason,
    ...GATED.map((play) => short(cells.get(nameOf(play, requirement)))),
  ]);
  process.stdout.write(table(["missing", "reason", ...GATED.map(({ name }) => name)], rows));
  process.stdout.write(`\n${notes.map((note, index) => `(${index + 1}) ${note}\n`).join("")}`);
  figures("play-gates", Object.fromEntries(cells));
});

test.each(GATED)(
  "$name is refused for each requirement that is missing, and changes nothing",
  async (play) => {
    const failures: string[] = [];
    const waiting = [...REQUIREMENTS];
    const lane = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        const not = one.notOf(play) ?? (isLeft(play, one) ? LEFT : null);
        const problem = not === null ? await refuses(play, one) : null;
        cells.set(nameOf(play, one), not ?? problem ?? REFUSED);
        note(`${nameOf(play, one)}: ${cells.get(nameOf(play, one))}`);
        if (problem !== null) failures.push(`without ${one.missing}: ${problem}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(failures).toEqual([]);
  },
  600_000,
);

test("every reason for which a gate refuses is in the table", () => {
  const known = new Set(REQUIREMENTS.map(({ reason }) => reason));
  expect(reasonsOf("src/gate", "src/containment").filter((reason) => !known.has(reason))).toEqual(PLANNING);
});

/** Refused when the plan is made already: `record-plan` has tests of its own for them, and no gate is ever asked. */
const PLANNING = ["break-glass-only-contains", "evidence-not-tried", "reason-too-short"];

function isLeft(play: Play, requirement: Requirement): boolean {
  return (
    FEW && SHARED.has(requirement) && (GATED.indexOf(play) + REQUIREMENTS.indexOf(requirement)) % 12 !== 0
  );
}

/** What is wrong with how a play goes on without the requirement; null when it is refused as it should be. */
async function refuses(play: Play, { reason, variation }: Requirement): Promise<string | null> {
  const ready = await makeReady(play, variation(play)).catch((error: Error) => error);
  if (ready instanceof Error) return `it cannot be made ready: ${ready.stack}`;
  const { world } = ready;
  try {
    const [before, calls] = [configurationOf(world.platform), world.changes().length];
    const error = await world.act(play.action, ready.inputs, ready.job()).catch((cause: unknown) => cause);
    const changes = world.changes().slice(calls);
    if (changes.length > 0)
      return `it changed something: ${changes.map(({ operation }) => operation).join()}`;
    if (configurationOf(world.platform) !== before) return "the platform is another one";
    if (!(error instanceof Error)) return "it ended well";
    if (!(error instanceof FirebreakError)) return `it broke: ${error.stack}`;
    const said = error.reason === reason || error.message.includes(`[${reason}]`);
    return said && error.remedy !== "" ? null : `it was refused for something else: ${error.message}`;
  } finally {
    await world.close();
  }
}

/** The words by which refusals are known, as the code has them. */
function reasonsOf(...folders: string[]): string[] {
  const root = join(import.meta.dirname, "../..");
  const reasons = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [
        ...readFileSync(join(root, folder, file), "utf8").matchAll(/\b(?:refusal|no)\(\s*"([a-z-]+)"/g),
      ])
      .map(([, reason = ""]) => reason),
  );
  return [...new Set(reasons)].sort();
}

function nameOf({ name }: Play, { missing }: Requirement): string {
  return `${name}, without ${missing}`;
}
