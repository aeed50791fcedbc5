import type { SeverityId } from "./schema.ts";

const ORDER: readonly SeverityId[] = ["low", "medium", "high", "critical"];

/** Whether `severity` is `threshold` or worse. */
export function atLeast(severity: SeverityId, threshold: SeverityId): boolean {
  return ORDER.indexOf(severity) >= ORDER.indexOf(threshold);
}

/** Finds a severity by its id or name, in any case: `High` and `high` are the same. */
export function parseSeverity(value: string): SeverityId | undefined {
  return ORDER.find((severity) => severity === value.toLowerCase());
}
