import type { Value } from "./expressions.ts";

/**
 * `strategy.matrix` expanded into its combinations.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
 */

export type Combination = { [key: string]: Value };

/** GitHub's limit of jobs that one matrix generates in a run. */
const MAX_COMBINATIONS = 256;

/**
 * Expands an evaluated matrix in GitHub's order: the product of its vectors, less `exclude`, plus `include`. An
 * include joins every original combination whose values it would not overwrite, else it stands alone.
 * @throws Error in GitHub's wording for a matrix that yields nothing or too much.
 */
export function expandMatrix(matrix: Value): Combination[] {
  if (!isMapping(matrix)) throw new Error("Matrix must be a mapping");
  const { include, exclude, ...vectors } = matrix;
  const original = product(vectors).filter(
    (combination) => !combinationsOf(exclude, "exclude").some((rule) => matches(combination, rule)),
  );
  const expanded = applyIncludes(original, combinationsOf(include, "include"));
  if (expanded.length === 0) throw new Error("Matrix must define at least one vector");
  if (expanded.length > MAX_COMBINATIONS) {
    throw new Error(`Matrix generates ${expanded.length} jobs, the limit is ${MAX_COMBINATIONS}`);
  }
  return expanded;
}

/** The name GitHub gives a matrix job: `build (20, ubuntu)`; nested values are written out, empty ones left out. */
export function matrixJobName(name: string, combination: Combination): string {
  const texts = Object.values(combination)
    .flatMap(leaves)
    .filter((text) => text !== "");
  return texts.length === 0 ? name : `${name} (${texts.join(", ")})`;
}

function product(vectors: Combination): Combination[] {
  const entries = Object.entries(vectors);
  if (entries.length === 0) return [];
  let combinations: Combination[] = [{}];
  for (const [name, values] of entries) {
    if (!Array.isArray(values)) throw new Error(`Matrix vector '${name}' must be a sequence`);
    if (values.length === 0) throw new Error(`Matrix vector '${name}' does not contain any values`);
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [name]: value })),
    );
  }
  return combinations;
}

function applyIncludes(original: readonly Combination[], includes: readonly Combination[]): Combination[] {
  const expanded = original.map((combination) => ({ ...combination }));
  const alone: Combination[] = [];
  for (const include of includes) {
    const joined = original.flatMap((combination, index) =>
      agrees(combination, include) ? [Object.assign(expanded[index] ?? {}, include)] : [],
    );
    if (joined.length === 0) alone.push({ ...include });
  }
  return [...expanded, ...alone];
}

/** True when the include overwrites none of the combination's original values. */
function agrees(combination: Combination, include: Combination): boolean {
  return Object.entries(include).every(
    ([name, value]) => !(name in combination) || same(combination[name], value),
  );
}

/** True when every value of the rule is in the combination, so that `exclude` takes it away. */
function matches(combination: Combination, rule: Combination): boolean {
  return Object.entries(rule).every(([name, value]) => same(combination[name], value));
}

function combinationsOf(value: Value | undefined, name: string): Combination[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isMapping))
    throw new Error(`Matrix ${name} must be a sequence of mappings`);
  return value;
}

function leaves(value: Value): string[] {
  if (value === null) return [""];
  if (Array.isArray(value)) return value.flatMap(leaves);
  return typeof value === "object" ? Object.values(value).flatMap(leaves) : [String(value)];
}

function same(left: Value | undefined, right: Value): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

function isMapping(value: Value): value is Combination {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
