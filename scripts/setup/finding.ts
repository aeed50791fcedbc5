/** What the set-up finds out about one thing, and what it can change. */
import type { Read } from "./read.ts";

/**
 * `missing`: without it Firebreak refuses or is unsafe. `weak`: it works, and could be safer. `unreadable`: GitHub does
 * not tell this token.
 */
export type Verdict = "missing" | "unreadable" | "weak" | "fine";

export interface Finding {
  verdict: Verdict;
  /** A stable name for machines, such as `environment.containment-dev.reviewers`. */
  id: string;
  what: string;
  /** What is there. */
  detail: string;
  /** What it is for. */
  purpose: string;
  /** The exact way to mend it; null when there is nothing to mend. */
  remedy: string | null;
  /** False: nothing of Firebreak stops without it, so that not being able to read it is no failure. */
  required: boolean;
}

/** One step of `--apply`: each line is shown before the calls are made. */
export interface Change {
  lines: { what: string; from: string; to: string }[];
  /** What a fine-grained token needs for it. */
  permission: string;
  apply(): Promise<void>;
}

export interface Area {
  findings: Finding[];
  changes: Change[];
  /** What `--apply` leaves as it is, and why. */
  kept: string[];
}

/** Names one thing; the functions say what was found. */
export function subject(id: string, what: string, purpose: string, required = true) {
  const finding = (verdict: Verdict, detail: string, remedy: string | null): Finding => ({
    verdict,
    id,
    what,
    detail,
    purpose,
    remedy,
    required,
  });
  return {
    fine: (detail: string) => finding("fine", detail, null),
    weak: (detail: string, remedy: string) => finding("weak", detail, remedy),
    missing: (detail: string, remedy: string) => finding("missing", detail, remedy),
    unreadable: (why: string) => finding("unreadable", why, "Run this with a token that may read it."),
  };
}

/** The reason in a reading that gave nothing. */
export function whyNot(reading: Exclude<Read<unknown>, { is: "read" }>): string {
  return reading.is === "absent"
    ? "GitHub answers 404: it is not there, or hidden from this token"
    : reading.why;
}
