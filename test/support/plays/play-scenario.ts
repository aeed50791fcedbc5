import { LEAD, ONCALL, REVIEWER } from "./people.ts";

/** As little of everything as lets a play happen. */
export const SMALL = {
  name: "play-world",
  description: "One mcp with two tasks.",
  seed: 7,
  aws: { latency_ms: 0, trail_delay_seconds: 0, task_start_seconds: 4, task_stop_seconds: 4 },
  repository: {
    users: [
      { login: ONCALL, name: "Freja Lund", permission: "write" },
      { login: REVIEWER, name: "Jonas Krogh", permission: "maintain" },
      { login: LEAD, name: "Sofie Dahl", permission: "maintain" },
    ],
    environments: [
      { name: "containment-dev", required_reviewers: [REVIEWER], prevent_self_review: true },
      { name: "break-glass-dev", required_reviewers: [LEAD], prevent_self_review: true },
      { name: "unprotected-dev", required_reviewers: [] },
      { name: "bypassed-dev", required_reviewers: [REVIEWER, LEAD], admins_can_bypass: true },
      { name: "self-reviewed-dev", required_reviewers: [ONCALL, REVIEWER], prevent_self_review: false },
    ],
  },
  mcps: [
    {
      name: "servicenow",
      tasks: 2,
      ended_tasks: 0,
      autoscaling: { min: 1, max: 4 },
      log: { events_per_task: 10, hours: 1 },
      audit: { objects_per_hour: 1, hours: 1, records: 1 },
    },
  ],
  attacker: { started_minutes_ago: 30, log_lines: 2, audit_records: 1, parameter_reads: 1 },
  dispatch: { actor: ONCALL, inputs: { mcp: "servicenow" } },
};
