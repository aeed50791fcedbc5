/** What a row of the conformance suite is: one behaviour that AWS documents, and how to see it. */
import { isDeepStrictEqual } from "node:util";
import type { World } from "./world.ts";

export type Service = "s3" | "ssm" | "logs" | "sts" | "ecs" | "autoscaling" | "sns" | "ses";

/** Plain data, so that it can be compared and printed. */
export type Observation = { readonly [fact: string]: unknown };

export interface Row {
  /** Stable; `known-differences.ts` refers to it. */
  readonly id: string;
  readonly service: Service;
  /** One sentence that is true of AWS. */
  readonly behaviour: string;
  /** The AWS page that says so. */
  readonly page: string;
  /** What AWS shows. */
  readonly expected: Observation;
  /** Tries it, with names of its own. */
  readonly run: (world: World) => Promise<Observation>;
}

export interface Outcome {
  readonly row: Row;
  readonly observed: Observation;
  readonly conforms: boolean;
}

/** Runs one row. What it throws is an observation too: a service may lack the operation. */
export async function runRow(row: Row, world: World): Promise<Outcome> {
  const observed = await row.run(world).catch(refusal);
  return { row, observed, conforms: isDeepStrictEqual(observed, row.expected) };
}

/** How a call ended: `{ ok: true }`, or the refusal. */
export async function ending(call: Promise<unknown>): Promise<Observation> {
  return call.then(() => ({ ok: true }), refusal);
}

/** A refused call's error code and HTTP status. */
export function refused(error: string, status: number): Observation {
  return { error, status };
}

function refusal(error: unknown): Observation {
  const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return { error: name, status: $metadata?.httpStatusCode ?? null };
}
