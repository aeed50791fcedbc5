/** Who dispatches, who approves, and who may let the glass be broken. */
export const ONCALL = "oncall-engineer";
export const REVIEWER = "oncall-reviewer";
export const LEAD = "security-lead";
