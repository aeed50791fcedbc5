/** The names of the steps, as the plan and the ledger have them. */
export const STEPS = {
  suspendScaling: "suspend-scaling",
  scaleToZero: "scale-to-zero",
  restoreDesiredCount: "restore-desired-count",
  resumeScaling: "resume-scaling",
  rotateSecret: "rotate-secret",
  redeploy: "redeploy",
  denySessions: "deny-sessions",
  allowSessions: "allow-sessions",
  closeTrust: "close-trust",
  reopenTrust: "reopen-trust",
  stopTasks: "stop-tasks",
} as const;
