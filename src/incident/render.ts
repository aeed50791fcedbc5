import type { Runbook } from "../runbook/schema.ts";
import { resolveTarget, type Target } from "../runbook/target.ts";
import { awaitedSection } from "./awaited.ts";
import { isOver } from "./closing.ts";
import { completeness } from "./completeness.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { escalationBanner } from "./escalation-banner.ts";
import { glassBanner } from "./glass-banner.ts";
import type { RenderedIssue } from "./issue.ts";
import { GLASS_LABEL, labelsOf } from "./labels.ts";
import { confirmedSection } from "./manual-steps.ts";
import { codeBlock, codeSpan, escapeMarkdown, jsonComment, plainTitle } from "./markdown.ts";
import { mcpTable } from "./mcp-table.ts";
import { mcpsOf, viewsOf } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import { dueSection, legalBanner } from "./obligations-banner.ts";
import { openItems, peopleToTell } from "./open-items.ts";
import type { Plan } from "./plan.ts";
import { proposedBanner } from "./proposed.ts";
import { rootCauseSection } from "./root-cause.ts";
import { factsOf, ofKind } from "./state.ts";
import { statusOf } from "./status.ts";
import { processChecklist } from "./ten-steps.ts";
import { timelineTable } from "./timeline.ts";

/** GitHub's limits for an issue (https://docs.github.com/en/rest/issues/issues). */
const LONGEST_BODY = 65_536;
const LONGEST_TITLE = 256;
/** Of what a plan changes in a document, in characters. */
const LONGEST_DIFF = 8_000;

/** The comment by which a run finds the issue it opened. */
export function runMarker(runId: number): string {
  return jsonComment("firebreak:run", { runId });
}

/** The issue as the ledger has it. Pure; every projection of the same ledger is the same to the letter. */
export function renderIssue(entries: readonly LedgerEntry[], runbook: Runbook): RenderedIssue {
  const facts = factsOf(entries);
  const glass = entries.some(({ kind }) => kind === "glass-broken") ? [GLASS_LABEL] : [];
  const sizes = [60, 25, 8]
    .map((timeline) => ({ timeline, text: 12_000 }))
    .concat([{ timeline: 8, text: 2_000 }]);
  const bodies = sizes.map((size) => () => renderBody(entries, runbook, size.timeline, size.text));
  const body =
    bodies.map((render) => render()).find((text) => text.length <= LONGEST_BODY) ??
    overlong(entries, runbook);
  return {
    title: titleOf(facts, runbook, mcpsOf(entries).length),
    body,
    labels: [...labelsOf(facts, statusOf(entries, runbook)), ...glass].map(({ name }) => name),
    over: isOver(entries, runbook),
  };
}

/** The issue of an incident whose ledger could not be started: who has to be told, and how to go on. */
export function renderUnrecorded(
  facts: IncidentFacts,
  runbook: Runbook,
  problem: string,
  remedy: string,
): RenderedIssue {
  const body = [
    runMarker(facts.runId),
    "> [!CAUTION]\n> **The ledger of this incident could not be started**, so nothing is preserved or contained yet.",
    codeBlock(`${problem}\nTo mend it: ${remedy}`, 4_000),
    ["### What people have to do", ...peopleToTell(facts, runbook)].join("\n"),
    "### What happened",
    codeBlock(facts.description || facts.summary),
  ].join("\n\n");
  return { title: titleOf(facts, runbook), body, labels: labelsOf(facts, "open").map(({ name }) => name) };
}

function titleOf(facts: IncidentFacts, runbook: Runbook, mcps = 1): string {
  const more = mcps > 1 ? ` and ${mcps - 1} more` : "";
  const title = `[${runbook.severities[facts.severity].name}] ${facts.mcp}${more} (${facts.environment}): `;
  return title + plainTitle(facts.summary, LONGEST_TITLE - title.length);
}

function renderBody(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  timeline: number,
  text: number,
): string {
  const facts = factsOf(entries);
  const target = resolveTarget(runbook, facts.environment, facts.mcp);
  const plan = ofKind(entries, "planned").at(-1)?.data;
  return [
    runMarker(facts.runId),
    banner(entries, runbook),
    proposedBanner(entries, runbook),
    glassBanner(entries),
    escalationBanner(entries, runbook),
    legalBanner(entries, runbook),
    mcpTable(entries),
    dueSection(entries, runbook),
    openItems(entries, runbook, text),
    confirmedSection(entries),
    awaitedSection(entries),
    "## Facts",
    factsTable(facts, runbook, target, ofKind(entries, "mcp-joined")),
    "### What happened",
    codeBlock(facts.description || facts.summary, text),
    rootCauseSection(entries, text),
    "## Escalation process",
    processChecklist(entries, runbook),
    "## Plan",
    plans(entries),
    "## Evidence",
    evidence(entries, runbook, target),
    "## Timeline",
    timelineTable(entries, timeline),
    `<sub>Rendered by Firebreak from the ledger at \`s3://${target.vault}/incidents/${entries[0]?.incident}/ledger/\`. Edits to this text are overwritten; the ledger is the record.</sub>`,
    machineBlock(entries, runbook, target, plan?.sha256),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function banner(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const facts = factsOf(entries);
  const status = statusOf(entries, runbook);
  const kind = status === "open" ? "CAUTION" : status === "contained" ? "WARNING" : "NOTE";
  const severity = runbook.severities[facts.severity];
  const { data: spared } = nothingToContain(entries) ?? {};
  const why = spared
    ? `\n> **Nothing was contained**: ${codeSpan(spared.note, 400)}, found by ${codeSpan(spared.by, 120)}`
    : "";
  return `> [!${kind}]\n> **${status.toUpperCase()}** · ${escapeMarkdown(severity.name)} · ${escapeMarkdown(runbook.incident_types[facts.type]?.name ?? facts.type)} · ${codeSpan(facts.mcp)} in ${codeSpan(facts.environment)}${why}`;
}

function factsTable(
  facts: IncidentFacts,
  runbook: Runbook,
  target: Target,
  joined: readonly LedgerEntry<"mcp-joined">[],
): string {
  const severity = runbook.severities[facts.severity];
  const rows: [string, string][] = [
    ["Severity", `**${escapeMarkdown(severity.name)}**: ${escapeMarkdown(severity.criteria)}`],
    ["Type", escapeMarkdown(runbook.incident_types[facts.type]?.name ?? facts.type)],
    [
      "mcp",
      `${codeSpan(facts.mcp)}, service ${codeSpan(target.service)} in cluster ${codeSpan(target.cluster)}`,
    ],
    ...joined.map(({ at, data }): [string, string] => [
      "mcp that joined",
      `${codeSpan(data.mcp)}, ${at.slice(0, 19).replace("T", " ")} UTC${data.reason === null ? "" : `: ${codeSpan(data.reason, 300)}`}`,
    ]),
    ["Environment", `${codeSpan(facts.environment)} (${codeSpan(target.region)})`],
    ["Summary", codeSpan(facts.summary)],
    ["Detected", facts.detectedAt],
    ["Evidence window", `${facts.window.from} to the moment of capture`],
    ["Principal", facts.principal === null ? "–" : codeSpan(facts.principal)],
    ["Personal data involved", facts.personalData ? "**yes**" : "not known to be"],
    ["Declared by", `${codeSpan(facts.declaredBy.login)} (${codeSpan(facts.declaredBy.name)})`],
    ["Workflow run", `[${facts.runId}](${facts.runUrl})`],
  ];
  return ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
}

/** The newest plan of each mcp. */
function plans(entries: readonly LedgerEntry[]): string {
  const views = viewsOf(entries).map((view) => ({
    ...view,
    newest: ofKind(view.entries, "planned").at(-1)?.data,
  }));
  const texts = views.map(({ mcp, newest }) => {
    const text = newest ? renderPlan(newest.plan, newest.sha256) : "No plan is recorded yet.";
    return views.length === 1 ? text : `### ${codeSpan(mcp)}\n\n${text}`;
  });
  return texts.join("\n\n");
}

/** The plan as the approver reads it: every change from what to what, what it breaks, how it is undone. */
export function renderPlan(plan: Plan, sha256: string): string {
  const steps = plan.steps.map(
    ({ text, target, from, to, effect, undo }) =>
      `| ${escapeMarkdown(text)}<br>${codeSpan(target)} | ${state(from)} | ${state(to)} | ${escapeMarkdown(effect)} | ${escapeMarkdown(undo)} |`,
  );
  const table =
    steps.length === 0
      ? plan.change === "undo"
        ? "Nothing has to be changed: what was changed is as it was before already."
        : escapeMarkdown(
            plan.note ??
              "Nothing is changed automatically for this type of incident; its steps are taken by hand.",
          )
      : ["| Change | From | To | What users notice | Way back |", "|---|---|---|---|---|", ...steps].join(
          "\n",
        );
  const remains = (plan.remains ?? []).map(
    ({ step, target, why }) =>
      `- ${codeSpan(step)} of ${codeSpan(target)} cannot be taken back, because: ${escapeMarkdown(why)}`,
  );
  const diffs = plan.steps.flatMap(({ id, diff }) =>
    diff === undefined ? [] : [`What ${codeSpan(id)} changes:`, codeBlock(diff.join("\n"), LONGEST_DIFF)],
  );
  return [
    table,
    ...diffs,
    ...(remains.length > 0 ? [remains.join("\n")] : []),
    `Plan SHA-256: \`${sha256}\``,
  ].join("\n\n");
}

function state(value: Record<string, unknown>): string {
  const fields = Object.entries(value).map(([name, field]) =>
    codeSpan(`${name}: ${typeof field === "string" ? field : JSON.stringify(field)}`, 200),
  );
  return fields.length === 0 ? "–" : fields.join("<br>");
}

function evidence(entries: readonly LedgerEntry[], runbook: Runbook, target: Target): string {
  const sealed = ofKind(entries, "capture-sealed").map(({ data }) => {
    const sources = data.sources.map(
      ({ source, status, items, gaps }) =>
        `${source}: ${status}, ${items} items${gaps > 0 ? `, **${gaps} gaps**` : ""}`,
    );
    const { whole, words } = completeness(data, runbook);
    const adds = data.supplements === undefined ? "" : `, adds to ${codeSpan(data.supplements)}`;
    return `| ${codeSpan(data.capture)} | ${whole ? words : `**${escapeMarkdown(words)}**`}${adds} | ${data.items} | ${data.bytes} | ${sources.map(escapeMarkdown).join("<br>")} | ${codeSpan(`s3://${target.vault}/${data.manifestKey}`)}<br>SHA-256 ${codeSpan(data.manifestSha256)} |`;
  });
  const captures =
    sealed.length === 0
      ? "No capture is sealed yet."
      : ["| Capture | | Items | Bytes | Sources | Manifest |", "|---|---|--:|--:|---|---|", ...sealed].join(
          "\n",
        );
  const collected = new Set<string>(runbook.evidence.collect);
  const byHand = Object.entries(runbook.evidence.sources)
    .filter(([id]) => !collected.has(id))
    .map(
      ([, { name, export: how, notes }]) =>
        `- ${escapeMarkdown(name)}, by hand: ${escapeMarkdown(how)}. ${escapeMarkdown(notes)}`,
    );
  return [captures, ...(byHand.length > 0 ? ["Not collected automatically:", byHand.join("\n")] : [])].join(
    "\n\n",
  );
}

/** For machines that read issues; whoever needs certainty reads the ledger instead. */
function machineBlock(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  target: Target,
  planSha256: string | undefined,
): string {
  const facts = factsOf(entries);
  return jsonComment("firebreak:incident", {
    incident: entries[0]?.incident,
    severity: facts.severity,
    type: facts.type,
    environment: facts.environment,
    mcp: facts.mcp,
    status: statusOf(entries, runbook),
    runId: facts.runId,
    vault: target.vault,
    ledger: { entries: entries.length, head: entries.at(-1)?.sha256 },
    planSha256: planSha256 ?? null,
    mcps: mcpsOf(entries),
    captures: ofKind(entries, "capture-sealed").map(({ data }) => ({
      capture: data.capture,
      manifestSha256: data.manifestSha256,
    })),
  });
}

function overlong(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const facts = factsOf(entries);
  const target = resolveTarget(runbook, facts.environment, facts.mcp);
  return [
    runMarker(facts.runId),
    banner(entries, runbook),
    proposedBanner(entries, runbook),
    glassBanner(entries),
    escalationBanner(entries, runbook),
    legalBanner(entries, runbook),
    mcpTable(entries),
    "This incident is too large to show here; read its ledger.",
    machineBlock(entries, runbook, target, undefined),
  ].join("\n\n");
}
