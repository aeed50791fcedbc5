import { FirebreakError, quoted } from "../errors.ts";
import type { Runbook } from "../runbook/schema.ts";

export interface AlarmPlace {
  environment: string;
  mcp: string;
  /** The row of `detection.alarms.per_mcp`. */
  alarm: string;
}

type Named = Pick<Runbook, "detection" | "environments"> & { intake: { alarm_name: string } };

/**
 * Which alarm of which mcp is called so. Every name that the runbook gives is made and compared, so that no name is
 * taken apart and `a-b` of `c` is never taken for `a` of `b-c`.
 * @throws FirebreakError `unknown-alarm` for a name that the runbook gives to none, or to more than one.
 */
export function placeOfAlarm(runbook: Named, name: string): AlarmPlace {
  const template = runbook.intake.alarm_name;
  const places = Object.entries(runbook.environments).flatMap(([environment, { mcps }]) =>
    mcps.flatMap((mcp) =>
      Object.keys(runbook.detection.alarms.per_mcp)
        .filter((alarm) => fill(template, { env: environment, name: mcp, alarm }) === name)
        .map((alarm) => ({ environment, mcp, alarm })),
    ),
  );
  const [place] = places;
  if (place && places.length === 1) return place;
  const why = place ? "more than one alarm" : "no alarm";
  throw new FirebreakError(
    "unknown-alarm",
    `The runbook gives the name ${quoted(name)} to ${why}: intake.alarm_name is ${template}.`,
    place
      ? "Put {env} into intake.alarm_name, or tell the names of alarms and mcps apart."
      : "Add the mcp or the alarm to the runbook, or forward alarms of that name no longer (infra/intake.yml, AlarmNames).",
  );
}

/** In one pass: a value that looks like a placeholder stays as it is. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_match, key: string) => values[key] ?? "");
}
