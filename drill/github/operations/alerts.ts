/**
 * Code scanning and secret scanning alerts. https://docs.github.com/rest/code-scanning/code-scanning and
 * https://docs.github.com/rest/secret-scanning/secret-scanning
 */
import { byNumber, type CodeAlert, type Numbered, type SecretAlert } from "../alert-store.ts";
import { type ApiRequest, type Handler, numberIn } from "../api.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { iso, repositoryPage, repositoryUrl } from "../present-people.ts";
import type { JsonObject } from "../types.ts";
import type { World } from "../world.ts";

function codeAlert(world: World, alert: Numbered<CodeAlert>): JsonObject {
  const url = `${repositoryUrl(world)}/code-scanning/alerts/${alert.number}`;
  const ref = `refs/heads/${world.seed.defaultBranch}`;
  return {
    number: alert.number,
    created_at: iso(alert.createdAt),
    updated_at: iso(alert.updatedAt),
    url,
    html_url: `${repositoryPage(world)}/security/code-scanning/${alert.number}`,
    state: alert.state,
    fixed_at: alert.state === "fixed" ? iso(alert.updatedAt) : null,
    dismissed_by: null,
    dismissed_at: alert.state === "dismissed" ? iso(alert.updatedAt) : null,
    dismissed_reason: alert.state === "dismissed" ? "false positive" : null,
    dismissed_comment: null,
    rule: {
      id: alert.rule,
      name: alert.rule,
      severity: "error",
      security_severity_level: alert.severity,
      description: alert.description,
      full_description: alert.description,
      tags: ["security"],
    },
    tool: { name: alert.tool, guid: null, version: null },
    most_recent_instance: {
      ref,
      analysis_key: ".github/workflows/ci.yml:analyze",
      environment: "{}",
      category: "",
      state: alert.state,
      commit_sha: world.seed.headSha,
      message: { text: alert.description },
      location: { path: alert.path, start_line: 1, end_line: 1, start_column: 1, end_column: 2 },
      classifications: [],
    },
    instances_url: `${url}/instances`,
  };
}

/** `hide_secret=true` leaves the secret out; there is none here to show either way. */
function secretAlert(world: World, alert: Numbered<SecretAlert>): JsonObject {
  const url = `${repositoryUrl(world)}/secret-scanning/alerts/${alert.number}`;
  const resolved = alert.state === "resolved";
  return {
    number: alert.number,
    created_at: iso(alert.createdAt),
    updated_at: iso(alert.updatedAt),
    url,
    html_url: `${repositoryPage(world)}/security/secret-scanning/${alert.number}`,
    locations_url: `${url}/locations`,
    state: alert.state,
    resolution: resolved ? "revoked" : null,
    resolved_at: resolved ? iso(alert.updatedAt) : null,
    resolved_by: null,
    resolution_comment: null,
    secret_type: alert.type,
    secret_type_display_name: alert.displayName,
    push_protection_bypassed: false,
    push_protection_bypassed_by: null,
    push_protection_bypassed_at: null,
    validity: "unknown",
    publicly_leaked: false,
    multi_repo: false,
  };
}

/** The filters and orders that both lists share; only code alerts have a severity. */
function wanted<Alert extends { state: string; severity?: string }>(
  alerts: readonly Numbered<Alert>[],
  { query }: ApiRequest,
): Numbered<Alert>[] {
  const { state, severity, sort = "created", direction = "desc" } = query;
  const key = (alert: Numbered<Alert>): number => (sort === "updated" ? alert.updatedAt : alert.createdAt);
  const sign = direction === "asc" ? 1 : -1;
  return alerts
    .filter((alert) => state === undefined || alert.state === state)
    .filter((alert) => severity === undefined || alert.severity === severity)
    .sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}

export const alertOperations = {
  "code-scanning/list-alerts-for-repo": (request, world) =>
    paged(request, world, wanted(world.alerts.code(), request), (it) => codeAlert(world, it)),
  "code-scanning/get-alert": (request, world) => ({
    status: 200,
    json: codeAlert(world, byNumber(world.alerts.code(), numberIn(request, "alert_number"))),
  }),
  "secret-scanning/list-alerts-for-repo": (request, world) =>
    paged(request, world, wanted(world.alerts.secret(), request), (it) => secretAlert(world, it)),
  "secret-scanning/get-alert": (request, world) => ({
    status: 200,
    json: secretAlert(world, byNumber(world.alerts.secret(), numberIn(request, "alert_number"))),
  }),
} satisfies Partial<Record<OperationId, Handler>>;
