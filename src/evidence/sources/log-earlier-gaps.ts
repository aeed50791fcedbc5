import type { SourceContext } from "../context.ts";
import { sourceOf } from "../manifest.ts";
import type { Gap, SourceOf } from "../source-schema.ts";

/** What the captures that this one adds to named as missing from the logs: each thing once, as it was said last. */
export function earlierGaps(context: Pick<SourceContext, "earlier">, isMeant: (gap: Gap) => boolean): Gap[] {
  const gaps = recordsOf(context).flatMap((record) => record.gaps.filter(isMeant));
  return [...new Map(gaps.map((gap) => [gap.what, gap])).values()];
}

/**
 * Whether this is missing by the newest capture that could collect anything at all: a capture says again what stays
 * missing. One whose collection failed altogether has looked for nothing.
 */
export function stillMissing(context: Pick<SourceContext, "earlier">, what: string): boolean {
  const looked = recordsOf(context).filter(({ gaps, source }) => gaps.every((gap) => gap.what !== source));
  return looked.at(-1)?.gaps.some((gap) => gap.what === what) ?? false;
}

function recordsOf({ earlier }: Pick<SourceContext, "earlier">): SourceOf<"cloudwatch-logs">[] {
  return earlier.flatMap(({ manifest }) => sourceOf(manifest, "cloudwatch-logs") ?? []);
}
