/** The inputs of a scenario's dispatches: placeholders filled in, and what the command line says put over them. */
import type { ScenarioDispatch } from "./step-schema.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export interface InputContext {
  /** Simulated time, in milliseconds since the epoch. */
  now: number;
  /** The number of the incident's issue, once there is one. */
  incident: number | null;
}

/**
 * Replaces `$now`, `$now-10m`, `$now+2h` (ISO 8601, UTC, whole seconds) and `$incident`, where they are the whole
 * value. Everything else stays as it is.
 */
export function resolveInputs(
  inputs: ScenarioDispatch["inputs"],
  overrides: Readonly<Record<string, string>>,
  context: InputContext,
): Record<string, string> {
  const given = Object.entries({ ...inputs, ...overrides });
  return Object.fromEntries(given.map(([name, value]) => [name, resolveInput(String(value), context)]));
}

/**
 * What of a scenario's inputs another workflow declares, by names in any case as GitHub takes them, and the names of
 * the rest. What the command line overrides is not left out: it goes through whatever the workflow declares.
 */
export function fitInputs(
  inputs: ScenarioDispatch["inputs"],
  overrides: Readonly<Record<string, string>>,
  declared: readonly string[],
): { fitting: ScenarioDispatch["inputs"]; leftOut: string[] } {
  const known = new Set(declared.map((name) => name.toLowerCase()));
  const fits = (name: string) => known.has(name.toLowerCase());
  return {
    fitting: Object.fromEntries(Object.entries(inputs).filter(([name]) => fits(name))),
    leftOut: Object.keys(inputs).filter((name) => !fits(name) && !(name in overrides)),
  };
}

/** The same in every text of a structure. */
export function resolveDeep(value: unknown, context: InputContext): unknown {
  if (typeof value === "string") return resolveInput(value, context);
  if (Array.isArray(value)) return value.map((one) => resolveDeep(one, context));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolveDeep(one, context)]));
}

function resolveInput(value: string, { now, incident }: InputContext): string {
  if (value === "$incident" && incident !== null) return String(incident);
  const match = /^\$now(?:([+-])(\d+)([smhd]))?$/.exec(value);
  if (!match) return value;
  const offset = Number(match[2] ?? 0) * (UNITS[match[3] ?? "s"] ?? 0) * (match[1] === "-" ? -1 : 1);
  return `${new Date(now + offset).toISOString().slice(0, 19)}Z`;
}

/** When the evidence window of an incident with these inputs begins; `hours` is the runbook's own lookback. */
export function windowStart(inputs: Readonly<Record<string, string>>, now: number, hours: number): number {
  const detected = Date.parse(inputs.detected_at ?? "");
  const lookback = Number(inputs.lookback_hours || hours);
  return (
    (Number.isNaN(detected) ? now : detected) - (Number.isFinite(lookback) ? lookback : hours) * 3_600_000
  );
}
