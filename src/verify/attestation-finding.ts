/** One thing that was looked at: it holds, it does not, or it cannot be known from what was given. */
export interface AttestationFinding {
  outcome: "holds" | "problem" | "unchecked";
  /** A stable word for machines. */
  code: string;
  /** One sentence for people. */
  message: string;
}

export function holds(code: string, message: string): AttestationFinding {
  return { outcome: "holds", code, message };
}

export function problem(code: string, message: string): AttestationFinding {
  return { outcome: "problem", code, message };
}

export function unchecked(code: string, message: string): AttestationFinding {
  return { outcome: "unchecked", code, message };
}
