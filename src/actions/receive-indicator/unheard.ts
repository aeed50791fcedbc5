import { runLostAgain } from "../../intake/lost-runs.ts";
import { ACCEPT_LABEL, WAITING_LABEL } from "../../intake/report.ts";
import { tellTeam } from "../../intake/tell-team.ts";
import type { ActionDeps } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import type { Look } from "./schedule.ts";

/** Of which mcp, and what it was, the run that was lost says. */
const BY_HAND =
  "gh workflow run incident.yml -f severity=SEVERITY -f type=TYPE -f environment=ENVIRONMENT -f mcp=MCP -f summary='WHAT WAS SEEN'";

/**
 * Runs intakes again that failed, and tells the team of those that failed twice: once each. What is run again has the
 * commit that it had (https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs), its
 * runbook and actions too: a change in the repository mends the next signal, not this one.
 */
export async function lookAfterLostRuns(deps: ActionDeps, runbook: Runbook, { lines }: Look): Promise<void> {
  const { again, lost } = await runLostAgain(deps);
  lines.push(...again.map(({ runId }) => `The intake ${runId} had failed and runs again.`));
  lines.push(...lost.map(({ runId, url }) => `The intake ${runId} has failed for good: ${url}`));
  await tellTeam(
    deps,
    runbook,
    placeOf(runbook),
    lost.map(({ runId, url }) => ({ key: `run-${runId}`, title: `Run ${runId}`, url })),
    {
      subject: "Firebreak could not take in an alarm or a report",
      opening: ["What it says has declared no incident. It was tried twice."],
      sections: [
        {
          title: "What is asked of you",
          lines: [
            "Look at the run: it says why, and which alarm or report it is",
            "Mend the cause and run it again",
            "Where the cause is in the repository, that does not help: a run that is run again takes the commit that it had",
            `Then declare it by hand: ${BY_HAND}`,
          ],
        },
      ],
    },
  );
}

/** Tells the team of reports that declare nothing before somebody accepts them: once each. */
export async function lookAfterWaitingReports(deps: ActionDeps, runbook: Runbook): Promise<void> {
  const { owner, repo } = deps.context;
  const waiting = await deps.github.paginate(deps.github.rest.issues.listForRepo, {
    owner,
    repo,
    state: "open",
    labels: WAITING_LABEL,
    per_page: 100,
  });
  await tellTeam(
    deps,
    runbook,
    placeOf(runbook),
    waiting.map(({ number, html_url: url }) => ({
      key: `report-${number}`,
      title: `Report #${number}`,
      url,
    })),
    {
      subject: "Somebody from outside has made a security report that waits for you",
      opening: ["It declares nothing before somebody who may triage accepts it."],
      sections: [
        {
          title: "What is asked of you",
          lines: [
            "Read it as what a stranger wrote",
            `Put the label ${ACCEPT_LABEL} on it to have an incident declared, or close it`,
          ],
        },
      ],
    },
  );
}

function placeOf({ intake }: Runbook): { environment: string; mcp: string } {
  return { environment: intake?.default_environment ?? "", mcp: intake?.default_mcp ?? "" };
}
