import type { CaptureSource } from "../runbook/evidence-schema.ts";
import type { Collected, SourceContext } from "./context.ts";
import { count, progressReporter } from "./progress.ts";
import type { ManifestSource } from "./source-schema.ts";
import { collectAuditLogs } from "./sources/audit-logs.ts";
import { collectTrail } from "./sources/cloudtrail.ts";
import { collectLogs } from "./sources/cloudwatch-logs.ts";
import { collectEcs } from "./sources/ecs.ts";
import { collectSignIns } from "./sources/entra-sign-in.ts";
import { collectRuns } from "./sources/github-actions.ts";
import { collectPrincipalRole } from "./sources/iam-principal.ts";
import { collectParameter } from "./sources/ssm-parameter.ts";

const COLLECTORS: Readonly<Record<CaptureSource, (context: SourceContext) => Promise<Collected>>> = {
  "cloudwatch-logs": collectLogs,
  "audit-logs": collectAuditLogs,
  ecs: collectEcs,
  "ssm-parameter": collectParameter,
  cloudtrail: collectTrail,
  "github-actions": collectRuns,
  "entra-sign-in": collectSignIns,
  "iam-role": collectPrincipalRole,
};

/** Collects the sources side by side. A source that fails is recorded as failed, with why; it never stops the others. */
export function collectSources(
  sources: readonly CaptureSource[],
  context: Omit<SourceContext, "progress">,
): Promise<Collected[]> {
  return Promise.all(
    sources.map(async (source) => {
      const { clock, log } = context;
      const started = clock.now().getTime();
      try {
        const result = await COLLECTORS[source]({
          ...context,
          scheduler: context.scheduler.of(source),
          progress: progressReporter(clock, log, source),
        });
        const seconds = Math.round((clock.now().getTime() - started) / 1000);
        const { status, gaps } = result.record;
        const bytes = result.items.reduce((sum, { size }) => sum + size, 0);
        log.info(
          `${source}  ${status}: ${count(result.items.length)} items, ${count(bytes)} bytes, ${count(gaps.length)} gaps, in ${seconds} s`,
        );
        return result;
      } catch (error) {
        const why = `${(error as Error).name}: ${(error as Error).message}`;
        log.error(`${source}  failed: ${why}`);
        return { record: failed(source, why), items: [] };
      }
    }),
  );
}

function failed(source: CaptureSource, why: string): ManifestSource {
  const base = { status: "failed" as const, expected: {}, collected: {}, gaps: [{ what: source, why }] };
  switch (source) {
    case "cloudwatch-logs":
      return { source, ...base, streams: [] };
    case "audit-logs":
      return { source, ...base, deleteMarkers: [] };
    case "ecs":
      return { source, ...base, service: "", tasks: [] };
    case "ssm-parameter":
      return { source, ...base, parameter: null };
    case "cloudtrail":
      return { source, ...base, lookups: [] };
    case "github-actions":
      return { source, ...base, runs: [] };
    case "entra-sign-in":
      return { source, ...base, route: "request", application: "", request: null, note: null };
    case "iam-role":
      return { source, ...base, role: null };
  }
}
