import { badInput, quoted } from "../errors.ts";
import type { TriageRule } from "../runbook/query-schema.ts";
import type { Runbook } from "../runbook/schema.ts";

/** A row of the runbook's detection tables. */
export interface DetectionRow {
  id: string;
  channel: "alarm" | "manual" | "external";
  name: string;
  /** What it may indicate, or what to look for. */
  indicators: readonly string[];
  /** How a person looks there; null where somebody else does. */
  query: string | null;
  /** Id of whom to ask. */
  contact: string | null;
  rule: TriageRule | null;
}

/** Every row, in the runbook's order: alarms, manual sources, external notifications. */
export function detectionRows({ detection }: Pick<Runbook, "detection">): DetectionRow[] {
  return [
    ...Object.entries(detection.alarms.per_mcp).map(([id, { name, indicators, triage }]) => ({
      id,
      channel: "alarm" as const,
      name,
      indicators,
      query: null,
      contact: null,
      rule: triage ?? null,
    })),
    ...Object.entries(detection.manual).map(([id, { name, query, look_for, triage }]) => ({
      id,
      channel: "manual" as const,
      name,
      indicators: look_for,
      query,
      contact: null,
      rule: triage ?? null,
    })),
    ...detection.external.map(({ id, from, what, contact, triage }, index) => ({
      id: id ?? `external-${index + 1}`,
      channel: "external" as const,
      name: from,
      indicators: [what],
      query: null,
      contact: contact ?? null,
      rule: triage ?? null,
    })),
  ];
}

/** The row called so, by its id or its name. @throws FirebreakError `bad-input`. */
export function detectionRow(runbook: Pick<Runbook, "detection">, wanted: string): DetectionRow {
  const rows = detectionRows(runbook);
  const plain = (text: string) => text.trim().toLowerCase();
  const found = rows.filter(({ id, name }) => id === wanted || plain(name) === plain(wanted));
  const [row] = found;
  if (row && found.length === 1) return row;
  throw badInput(
    "indicator",
    `is ${found.length === 0 ? "no row" : "more than one row"} of the runbook's detection tables: ${quoted(wanted)}`,
    `Give one of ${rows.map(({ id }) => id).join(", ")}.`,
  );
}
