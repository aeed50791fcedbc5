import { type GateReport, inspectGate } from "../gate/gate.ts";
import type { GateRequest } from "../gate/request.ts";
import type { Refusal } from "../incident/entries.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import { type Plan, planSha256 } from "../incident/plan.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";

/** Says in the log and the job summary what the action would do and what the gate would say. Changes nothing. */
export async function dryRun(deps: ActionDeps, record: IncidentRecord, request: GateRequest): Promise<void> {
  const plan = await request.recompute();
  const report = await inspectGate(deps, record, request);
  for (const line of [...planLines(plan), ...gateLines(report)]) deps.log.info(line);
  await deps.summary(dryRunMarkdown(record.id, plan, report));
}

function planLines(plan: Plan): string[] {
  return [
    `dry run  plan ${planSha256(plan)}`,
    ...plan.steps.map(({ text, target, from, to }) => {
      return `dry run  would ${text}: ${target} from ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
    }),
  ];
}

function gateLines({ refusals, skipped, held }: GateReport): string[] {
  return [
    ...held.map((sentence) => `dry run  gate: ${sentence}`),
    ...skipped.map(({ reason, message }) => `dry run  gate would break the glass: [${reason}] ${message}`),
    ...refusals.map(({ reason, message }) => `dry run  gate would refuse: [${reason}] ${message}`),
  ];
}

function dryRunMarkdown(incident: string, plan: Plan, { refusals, skipped, held }: GateReport): string {
  const steps = plan.steps.map(({ text, target, from, to, effect }) =>
    [
      `- ${escapeMarkdown(text)}`,
      `  - target ${codeSpan(target)}`,
      `  - from ${codeSpan(JSON.stringify(from))} to ${codeSpan(JSON.stringify(to))}`,
      `  - effect: ${escapeMarkdown(effect)}`,
    ].join("\n"),
  );
  return [
    `### Dry run: ${plan.action ?? "no automatic action"} for ${incident}`,
    "",
    `Nothing was changed. The plan's SHA-256 is ${codeSpan(planSha256(plan))}.`,
    "",
    ...steps,
    "",
    ...held.map((sentence) => `- holds: ${escapeMarkdown(sentence)}`),
    ...skipped.map((one) => `- goes on without, the glass being broken: ${codeSpan(one.message, 600)}`),
    ...refusals.map(refusalLine),
    "",
  ].join("\n");
}

function refusalLine({ reason, message, remedy }: Refusal): string {
  return `\nThe gate would refuse, **${reason}**:\n\n${codeBlock(`${message}\nTo mend it: ${remedy}`)}`;
}
