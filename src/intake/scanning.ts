import type { ActionDeps, GitHub } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import { noIntake } from "./alarm-signal.ts";
import { ruleOf } from "./alert-rule.ts";
import { type Signal, signalOf } from "./signal.ts";

/** How far back alerts are looked at: for so long the schedule may have failed. An older one is known, or was left on purpose. */
const LOOK_BACK_MS = 7 * 24 * 3_600_000;
const LEVELS = ["low", "medium", "high", "critical"] as const;

export interface Polled {
  signals: Signal[];
  /** What is switched off, and what it would take. */
  skipped: string[];
  /** What should have been polled and could not be, each with its remedy. */
  problems: string[];
}

type Alert = Pick<Signal, "what" | "reference" | "description"> & {
  kind: "code-scanning" | "secret-scanning";
  /** Of a secret: GitHub has tried it, and it works. */
  active: boolean;
  number: number;
  createdAt: string;
  path: string | null;
};

interface PollDeps extends Pick<ActionDeps, "context" | "clock"> {
  github: GitHub;
  /** Who may read secret scanning alerts; null where nobody may. A job's own token never may. Rejects with the reason. */
  secretReader: () => Promise<GitHub | null>;
}

/**
 * The code scanning and secret scanning alerts of the last days, as signals; neither starts a workflow of its own
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows). Oldest first.
 *
 * Code scanning takes `security-events: read`. Secret scanning takes a token with the repository permission "Secret
 * scanning alerts", which no job can grant itself
 * (https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps).
 */
export async function pollAlerts(deps: PollDeps, runbook: Runbook): Promise<Polled> {
  const { intake } = runbook;
  if (!intake) throw noIntake();
  const polled: Polled = { signals: [], skipped: [], problems: [] };
  const since = new Date(deps.clock.now().getTime() - LOOK_BACK_MS);
  const code = await unlessOff("Code scanning", polled, () =>
    codeAlerts(deps.github, deps.context, since, intake.code_scanning_from),
  );
  const secrets = await unlessOff("Secret scanning", polled, async () => {
    const reader = await deps.secretReader();
    if (reader) return secretAlerts(reader, deps.context, since);
    polled.skipped.push(
      "Secret scanning is not polled: the runbook names no intake.secret_scanning_token (docs/intake.md).",
    );
    return [];
  });
  const signals = [...code, ...secrets].map((alert) =>
    signalOf(runbook, {
      ...ruleOf(intake.alerts, alert),
      identity: [alert.kind, `${deps.context.owner}/${deps.context.repo}`, alert.number, alert.createdAt],
      environment: intake.default_environment,
      mcp: mcpOf(runbook, alert.path) ?? intake.default_mcp,
      what: alert.what,
      description: alert.description,
      reference: alert.reference,
      seenAt: new Date(alert.createdAt),
      reportedBy: null,
      principal: null,
    }),
  );
  return { ...polled, signals: signals.sort((a, b) => a.seenAt.localeCompare(b.seenAt)) };
}

type Where = Pick<ActionDeps["context"], "owner" | "repo">;

/** https://docs.github.com/en/rest/code-scanning/code-scanning#list-code-scanning-alerts-for-a-repository */
async function codeAlerts(
  github: GitHub,
  { owner, repo }: Where,
  since: Date,
  from: (typeof LEVELS)[number],
): Promise<Alert[]> {
  const newestFirst = { state: "open", sort: "created", direction: "desc", per_page: 100 } as const;
  const alerts = await github.paginate(
    github.rest.codeScanning.listAlertsForRepo,
    { owner, repo, ...newestFirst },
    ({ data }, done) => {
      if (data.some(({ created_at }) => new Date(created_at) < since)) done();
      return data;
    },
  );
  return alerts
    .filter(({ created_at }) => new Date(created_at) >= since)
    .filter(({ rule }) => LEVELS.indexOf(rule.security_severity_level ?? "low") >= LEVELS.indexOf(from))
    .map(({ number, created_at, html_url, rule, tool, most_recent_instance: seen }) => {
      const path = seen.location?.path ?? null;
      const what = `${tool.name ?? "Code scanning"}: ${rule.description ?? rule.id ?? "an alert"}`;
      const where = path === null ? "" : ` in ${path}:${seen.location?.start_line ?? 1}`;
      return {
        kind: "code-scanning" as const,
        active: false,
        number,
        createdAt: created_at,
        path,
        what: `${what}${where}`,
        description: [`${what}${where}`, seen.message?.text ?? ""].filter((text) => text !== "").join("\n\n"),
        reference: html_url,
      };
    });
}

/**
 * Without the secrets themselves: GitHub is asked to hide them.
 * https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-a-repository
 */
async function secretAlerts(github: GitHub, { owner, repo }: Where, since: Date): Promise<Alert[]> {
  const newestFirst = { state: "open", sort: "created", direction: "desc", per_page: 100 } as const;
  const alerts = await github.paginate(
    github.rest.secretScanning.listAlertsForRepo,
    { owner, repo, ...newestFirst, hide_secret: true },
    ({ data }, done) => {
      if (data.some(({ created_at }) => new Date(created_at ?? 0) < since)) done();
      return data;
    },
  );
  return alerts.flatMap((alert) => {
    const { number, created_at: createdAt, html_url: page } = alert;
    if (number === undefined || !createdAt || new Date(createdAt) < since) return [];
    const type = alert.secret_type_display_name ?? alert.secret_type ?? "a secret";
    const location = alert.first_location_detected;
    const path = location && "path" in location ? (location.path ?? null) : null;
    const what = `Secret scanning: ${type}${path === null ? "" : ` in ${path}`}`;
    return [
      {
        kind: "secret-scanning" as const,
        active: alert.validity === "active",
        number,
        createdAt,
        path,
        what,
        description: `${what}\n\nGitHub says of it: ${alert.validity ?? "unknown"}.`,
        reference: page ?? null,
      },
    ];
  });
}

/**
 * What is switched off for the repository answers 404; without a licence, or the permission, 403. Whatever goes wrong with
 * one scanner, the other is polled.
 */
async function unlessOff(
  what: string,
  { skipped, problems }: Polled,
  poll: () => Promise<Alert[]>,
): Promise<Alert[]> {
  try {
    return await poll();
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    const why = `${what} is not polled: ${status === undefined ? "" : `GitHub answers ${status}, `}${message}`;
    if (status === 404 || status === 403) skipped.push(why);
    else problems.push(status === 401 ? `${why}. ${WITHDRAWN}` : why);
    return [];
  }
}

const WITHDRAWN =
  "The token has expired or was withdrawn. That for secret scanning is renewed in the parameter of intake.secret_scanning_token (docs/intake.md)";

/** The mcp whose folder the file lies in. */
function mcpOf({ naming, environments, intake }: Runbook, path: string | null): string | undefined {
  if (path === null || !intake) return undefined;
  const environment = intake.default_environment;
  return environments[environment]?.mcps.find((mcp) =>
    path.startsWith(
      `${naming.folder.replaceAll("{env}", environment).replaceAll("{name}", mcp).replace(/\/$/, "")}/`,
    ),
  );
}
