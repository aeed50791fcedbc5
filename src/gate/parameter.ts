import { type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { Refusal } from "../incident/entries.ts";
import type { LiveParameter } from "./live-parameter.ts";
import { type CheckContext, refusal } from "./request.ts";

/** SSM keeps this many (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html). */
const MOST_VERSIONS = 100;

/**
 * The current version of the parameter is the documented one, and the documented one carries its label in SSM, so
 * that it stays there, encrypted, however often the parameter is written afterwards.
 */
export function checkParameter(
  { record, request }: CheckContext,
  { manifest, capture }: SealedCapture,
  live: LiveParameter,
): Refusal[] {
  const preserveAgain = `Document the parameter as it is now: ${preserveCommand(record)}`;
  const documented = sourceOf(manifest, "ssm-parameter")?.parameter;
  if (documented?.name !== live.name) {
    const message = `Capture ${capture} does not document the SSM parameter ${live.name}.`;
    return [refusal("parameter-not-documented", message, preserveAgain)];
  }
  const refusals: Refusal[] = [];
  const rotatedFrom = request.rotatedFrom?.(live);
  // After an unfinished rotation the version before it is documented, or, by a later capture, the one that it made.
  if (documented.version !== live.version && documented.version !== rotatedFrom) {
    const message = `The SSM parameter ${live.name} is at version ${live.version}, written ${live.lastModified.toISOString()}; capture ${capture} documents version ${documented.version}.`;
    const remedy = `Find out who wrote it (CloudTrail, PutParameter). ${preserveAgain}`;
    refusals.push(refusal("parameter-changed-since-documented", message, remedy));
  }
  const labels = live.versions.find(({ version }) => version === documented.version)?.labels ?? [];
  if (documented.label === null || !labels.includes(documented.label)) {
    const message = `Version ${documented.version} of the SSM parameter ${live.name} does not carry the label ${documented.label ?? `${record.id}-v${documented.version}`}.`;
    refusals.push(
      refusal("parameter-not-labelled", message, `Label it by preserving again: ${preserveCommand(record)}`),
    );
  }
  const oldest = live.versions[0];
  if (
    rotatedFrom === undefined &&
    live.versions.length >= MOST_VERSIONS &&
    oldest &&
    oldest.labels.length > 0
  ) {
    const message = `The SSM parameter ${live.name} has ${live.versions.length} versions and its oldest, ${oldest.version}, is labelled ${oldest.labels.join(", ")}: SSM would refuse a new version.`;
    const remedy = `Once nobody needs version ${oldest.version} any more: aws ssm unlabel-parameter-version --name ${live.name} --parameter-version ${oldest.version} --labels ${oldest.labels.join(" ")}`;
    refusals.push(refusal("parameter-version-limit", message, remedy));
  }
  return refusals;
}
