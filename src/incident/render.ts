import type { Runbook } from "../runbook/schema.ts";
import { resolveTarget, type Target } from "../runbook/target.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { recipients } from "./escalation.ts";
import type { Label, RenderedIssue } from "./issue.ts";
import { codeBlock, codeSpan, escapeMarkdown, jsonComment, plainTitle } from "./markdown.ts";
import type { Plan } from "./plan.ts";
import { escalationSteps, factsOf, ofKind, openTrouble, type Status, statusOf } from "./state.ts";
import { timelineTable } from "./timeline.ts";

/** GitHub's limits for an issue (https://docs.github.com/en/rest/issues/issues). */
const LONGEST_BODY = 65_536;
const LONGEST_TITLE = 256;

const STATUS_COLORS: Record<Status, string> = {
  open: "b60205",
  contained: "fbca04",
  restored: "0e8a16",
  reviewed: "5319e7",
};
const SEVERITY_COLORS = { critical: "b60205", high: "d93f0b", medium: "fbca04", low: "c2e0c6" } as const;

/** The comment by which a run finds the issue it opened. */
export function runMarker(runId: number): string {
  return jsonComment("firebreak:run", { runId });
}

/** The issue as the ledger has it. Pure; every projection of the same ledger is the same to the letter. */
export function renderIssue(entries: readonly LedgerEntry[], runbook: Runbook): RenderedIssue {
  const facts = factsOf(entries);
  const sizes = [60, 25, 8]
    .map((timeline) => ({ timeline, text: 12_000 }))
    .concat([{ timeline: 8, text: 2_000 }]);
  const bodies = sizes.map((size) => () => renderBody(entries, runbook, size.timeline, size.text));
  const body =
    bodies.map((render) => render()).find((text) => text.length <= LONGEST_BODY) ??
    overlong(entries, runbook);
  const title = `[${runbook.severities[facts.severity].name}] ${facts.mcp} (${facts.environment}): `;
  return {
    title: title + plainTitle(facts.summary, LONGEST_TITLE - title.length),
    body,
    labels: labelsOf(facts, statusOf(entries)).map(({ name }) => name),
  };
}

/** Firebreak's labels for an incident; `open-incident` creates those that the repository lacks. */
export function labelsOf(
  facts: Pick<IncidentFacts, "severity" | "type" | "environment">,
  status: Status,
): Label[] {
  return [
    { name: "incident", color: "b60205", description: "A security incident with a ledger in the vault" },
    {
      name: `severity:${facts.severity}`,
      color: SEVERITY_COLORS[facts.severity],
      description: `Severity ${facts.severity}`,
    },
    { name: `type:${facts.type}`.slice(0, 50), color: "1d76db", description: "What kind of incident" },
    {
      name: `environment:${facts.environment}`.slice(0, 50),
      color: "006b75",
      description: "Where it happened",
    },
    { name: `status:${status}`, color: STATUS_COLORS[status], description: `The incident is ${status}` },
  ];
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
    openItems(entries, runbook),
    "## Facts",
    factsTable(facts, runbook, target),
    "### What happened",
    codeBlock(facts.description || facts.summary, text),
    "## Escalation process",
    checklist(entries, runbook),
    "## Plan",
    plan ? renderPlan(plan.plan, plan.sha256) : "No plan is recorded yet.",
    "## Evidence",
    evidence(entries, runbook, target),
    "## Timeline",
    timelineTable(entries, timeline),
    `<sub>Rendered by Firebreak from the ledger at \`s3://${target.vault}/incidents/${entries[0]?.incident}/ledger/\`. Edits to this text are overwritten; the ledger is the record.</sub>`,
    machineBlock(entries, target, plan?.sha256),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function banner(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const facts = factsOf(entries);
  const status = statusOf(entries);
  const kind = status === "open" ? "CAUTION" : status === "contained" ? "WARNING" : "NOTE";
  const severity = runbook.severities[facts.severity];
  return `> [!${kind}]\n> **${status.toUpperCase()}** · ${escapeMarkdown(severity.name)} · ${escapeMarkdown(runbook.incident_types[facts.type]?.name ?? facts.type)} · ${codeSpan(facts.mcp)} in ${codeSpan(facts.environment)}`;
}

/** What somebody has to do now, at the top where nobody can miss it. */
function openItems(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const facts = factsOf(entries);
  const trouble = openTrouble(entries).map(
    ({ message, remedy }) => `- **Stopped:** ${codeSpan(message, 600)} → ${codeSpan(remedy, 600)}`,
  );
  const told = recipients(runbook, facts.severity, facts.environment).map(({ who, address, missing }) => {
    const where = address
      ? codeSpan(address)
      : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`;
    return `- Tell **${escapeMarkdown(who)}**: ${where}`;
  });
  const manual = (runbook.incident_types[facts.type]?.manual ?? []).map(({ text, contact }) => {
    const who = contact === undefined ? undefined : runbook.contacts[contact];
    return `- By hand: ${escapeMarkdown(text)}${who ? ` (${escapeMarkdown(who.role)}${who.email ? `, ${codeSpan(who.email)}` : `: ${escapeMarkdown(who.fill_in ?? "")}`})` : ""}`;
  });
  return ["### What people have to do", ...trouble, ...told, ...manual].join("\n");
}

function factsTable(facts: IncidentFacts, runbook: Runbook, target: Target): string {
  const severity = runbook.severities[facts.severity];
  const rows: [string, string][] = [
    ["Severity", `**${escapeMarkdown(severity.name)}**: ${escapeMarkdown(severity.criteria)}`],
    ["Type", escapeMarkdown(runbook.incident_types[facts.type]?.name ?? facts.type)],
    [
      "mcp",
      `${codeSpan(facts.mcp)}, service ${codeSpan(target.service)} in cluster ${codeSpan(target.cluster)}`,
    ],
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

function checklist(entries: readonly LedgerEntry[], runbook: Runbook): string {
  return escalationSteps(entries, runbook)
    .map(({ name, text, state, by }, index) => {
      const tail = by ? ` (${by.at.slice(0, 19).replace("T", " ")} UTC, ${codeSpan(by.by.login, 60)})` : "";
      const title = `${index + 1}. **${escapeMarkdown(name)}**`;
      if (state === "not applicable") return `- [x] ~~${title}: ${escapeMarkdown(text)}~~ (not applicable)`;
      return `- [${state === "done" ? "x" : " "}] ${title}: ${escapeMarkdown(text)}${tail}`;
    })
    .join("\n");
}

/** The plan as the approver reads it: every change from what to what, what it breaks, how it is undone. */
export function renderPlan(plan: Plan, sha256: string): string {
  const steps = plan.steps.map(
    ({ text, target, from, to, effect, undo }) =>
      `| ${escapeMarkdown(text)}<br>${codeSpan(target)} | ${state(from)} | ${state(to)} | ${escapeMarkdown(effect)} | ${escapeMarkdown(undo)} |`,
  );
  const table =
    steps.length === 0
      ? "Nothing is changed automatically for this type of incident; its steps are taken by hand."
      : ["| Change | From | To | What users notice | Way back |", "|---|---|---|---|---|", ...steps].join(
          "\n",
        );
  return `${table}\n\nPlan SHA-256: \`${sha256}\``;
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
    return `| ${codeSpan(data.capture)} | ${data.complete ? "complete" : "**incomplete**"} | ${data.items} | ${data.bytes} | ${sources.map(escapeMarkdown).join("<br>")} | ${codeSpan(`s3://${target.vault}/${data.manifestKey}`)}<br>SHA-256 ${codeSpan(data.manifestSha256)} |`;
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
    status: statusOf(entries),
    runId: facts.runId,
    vault: target.vault,
    ledger: { entries: entries.length, head: entries.at(-1)?.sha256 },
    planSha256: planSha256 ?? null,
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
    "This incident is too large to show here; read its ledger.",
    machineBlock(entries, target, undefined),
  ].join("\n\n");
}
