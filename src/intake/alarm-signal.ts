import { FirebreakError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import { placeOfAlarm } from "./alarm-name.ts";
import { type AlarmChange, readAlarm } from "./alarm-payload.ts";
import { badSignal } from "./bad-signal.ts";
import { type Signal, signalOf } from "./signal.ts";

/** The clocks of others may be a little ahead of ours. */
const SKEW_MS = 5 * 60_000;

export type AlarmReading = { signal: Signal } | { signal: null; why: string };

/**
 * What an alarm's payload signals: nothing, unless it goes to ALARM.
 *
 * EventBridge and SNS deliver at least once, and both may be set up: the alarm's ARN and the moment of the change tell
 * one signal from another, since both carry them.
 * @throws FirebreakError `bad-signal`, `unknown-alarm`, `no-triage-rule`, `no-intake`.
 */
export function alarmSignal(runbook: Runbook, payload: unknown, clock: Clock): AlarmReading {
  const { intake } = runbook;
  if (!intake) throw noIntake();
  const change = readAlarm(payload);
  const { environment, mcp, alarm } = placeOfAlarm({ ...runbook, intake }, change.name);
  if (change.state !== "ALARM")
    return {
      signal: null,
      why: `The alarm ${alarm} of ${mcp} (${environment}) is ${change.state}: nothing is declared.`,
    };
  if (change.changedAt.getTime() > clock.now().getTime() + SKEW_MS)
    throw badSignal("The alarm's change of state", "lies in the future", "Check the sender's clock.");
  const signal = signalOf(runbook, {
    row: alarm,
    identity: ["alarm", change.arn, change.changedAt.getTime()],
    environment,
    mcp,
    what: change.reason || change.name,
    description: [change.name, change.about, change.reason].filter((text) => text !== "").join("\n\n"),
    reference: pageOf(change),
    seenAt: change.changedAt,
    reportedBy: null,
    principal: null,
  });
  return { signal };
}

/** Its page in the console of its own partition. */
function pageOf({ arn, name }: AlarmChange): string {
  const [, partition = "", , region = ""] = arn.split(":");
  const console = CONSOLES[partition] ?? "console.aws.amazon.com";
  return `https://${region}.${console}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name)}`;
}

/** https://docs.aws.amazon.com/general/latest/gr/cwl_region.html, by partition. */
const CONSOLES: Readonly<Record<string, string>> = {
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

export function noIntake(): FirebreakError {
  return new FirebreakError(
    "no-intake",
    "The runbook has no section 'intake', so signals declare nothing.",
    "Add it as docs/intake.md says, or declare the incident with incident.yml.",
  );
}
