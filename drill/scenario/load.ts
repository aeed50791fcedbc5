import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import {
  type Finding,
  formatProblem,
  type Problem,
  readYaml,
  type SchemaNode,
} from "../../src/runbook/locate.ts";
import { type Scenario, scenarioSchema, startSchema } from "./schema.ts";
import { actorOf, isDispatch, type ScenarioStep } from "./step-schema.ts";

/** Where the shipped scenarios are. */
export const SCENARIO_FOLDER = join(import.meta.dirname, "..", "scenarios");

export interface LoadedScenario {
  scenario: Scenario;
  /** The file; its folder is what `stand_ins` are relative to. */
  file: string;
}

/** A scenario that cannot be used. The message names file, line and column of everything that is wrong. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** Checks a scenario's text. Never throws for what the text says. */
export function checkScenario(source: string): { scenario: Scenario | undefined; errors: Problem[] } {
  const json = z.toJSONSchema(scenarioSchema, { io: "input", reused: "inline" }) as SchemaNode;
  const { value, errors, locate } = readYaml(source, scenarioSchema, json);
  if (value === undefined) return { scenario: undefined, errors };
  const contradictions = crossCheck(value).map(locate);
  return { scenario: contradictions.length === 0 ? value : undefined, errors: contradictions };
}

/**
 * Loads a shipped scenario by its name, or any scenario by its path.
 * @throws ScenarioError when there is no such scenario or its file has errors.
 */
export async function loadScenario(nameOrFile: string): Promise<LoadedScenario> {
  const file = await find(nameOrFile);
  const source = await readFile(file, "utf8").catch((cause: Error) => {
    throw new ScenarioError(`${file} cannot be read: ${cause.message}`);
  });
  const { scenario, errors } = checkScenario(source);
  if (scenario === undefined)
    throw new ScenarioError(errors.map((error) => formatProblem(file, error)).join("\n"));
  return { scenario, file };
}

/** Whether a text is a time that a drill can begin at, as in a scenario's `start`. */
export function isStart(text: string): boolean {
  return startSchema.safeParse(text).success;
}

/** The shipped scenarios, by name. */
export async function listScenarios(): Promise<Scenario[]> {
  const files = (await readdir(SCENARIO_FOLDER)).filter((name) => name.endsWith(".yml")).sort();
  const loaded = await Promise.all(files.map((name) => loadScenario(join(SCENARIO_FOLDER, name))));
  return loaded.map(({ scenario }) => scenario);
}

async function find(nameOrFile: string): Promise<string> {
  if (/\.ya?ml$/.test(nameOrFile) || nameOrFile.includes("/")) return resolve(nameOrFile);
  const names = (await readdir(SCENARIO_FOLDER)).map((name) => name.replace(/\.yml$/, "")).sort();
  if (names.includes(nameOrFile)) return join(SCENARIO_FOLDER, `${nameOrFile}.yml`);
  throw new ScenarioError(
    `There is no scenario '${nameOrFile}'. Give one of ${names.join(", ")}, or the path of a scenario file.`,
  );
}

/** What a single field's schema cannot see: names that refer to other names, and paths that lead astray. */
function crossCheck(scenario: Scenario): Finding[] {
  const logins = scenario.repository.users.map(({ login }) => login.toLowerCase());
  const unknown = (path: Finding["path"], login: string): Finding[] =>
    logins.includes(login.toLowerCase())
      ? []
      : [
          {
            path,
            message: `there is no user '${login}'`,
            write: `one of repository.users: ${logins.join(", ")}`,
          },
        ];
  const { dispatch, begin, afterwards } = scenario;
  const actors: [Finding["path"], string | null][] = [
    [["dispatch", "actor"], dispatch.actor],
    ...(begin ? [stepActor(["begin"], begin)] : []),
    ...afterwards.map((one, index) => stepActor(["afterwards", index], one)),
  ];
  const twice = scenario.mcps.findIndex(
    ({ name }, index) => scenario.mcps.findIndex((other) => other.name === name) !== index,
  );
  return [
    ...scenario.repository.environments.flatMap(({ required_reviewers }, index) =>
      required_reviewers.flatMap((login, at) =>
        unknown(["repository", "environments", index, "required_reviewers", at], login),
      ),
    ),
    ...scenario.approvals.flatMap(({ by }, index) => unknown(["approvals", index, "by"], by)),
    ...actors.flatMap(([path, actor]) => (actor === null ? [] : unknown(path, actor))),
    ...Object.entries(scenario.repository.tokens).flatMap(([name, owner]) =>
      unknown(["repository", "tokens", name], owner),
    ),
    ...Object.keys(scenario.files)
      .filter((path) => isAbsolute(path) || path.split("/").some((part) => part === ".." || part === ""))
      .map((path) => ({
        path: ["files", path],
        message: "leads out of the repository",
        write: "a path relative to the repository's root, such as infra/main.tf",
      })),
    ...(twice < 0
      ? []
      : [{ path: ["mcps", twice, "name"], message: "is there already", write: "every mcp once" }]),
  ];
}

function stepActor(path: Finding["path"], one: ScenarioStep): [Finding["path"], string | null] {
  return [[...path, isDispatch(one) ? "actor" : "by"], actorOf(one)];
}

/** The scripts of a scenario's stand-ins as absolute paths. */
export function standInScripts({ scenario, file }: LoadedScenario): Map<string, string> {
  return new Map(
    Object.entries(scenario.stand_ins).map(([name, path]) => [name, resolve(dirname(file), path)]),
  );
}
