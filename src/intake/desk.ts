import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { listKeys, putOnce, readObject, type Vault } from "../vault/vault.ts";
import { type Signal, signalSchema } from "./signal.ts";

/**
 * Where signals are lined up in the vault, so that of many that arrive at once exactly one declares. One line for each
 * indicator of each mcp of an environment; a place in it is taken by a conditional write, so nobody shares one:
 *
 *     intake/<environment>/<mcp>/<indicator>/00000003/signal.json      the signal that declares
 *                                                     claim.json       the run of incident.yml that declares by it, or
 *                                                                      the incident that a person had declared before
 *                                                     again.json       when it got a second run
 *                                                     incident.json    which incident it became
 *                                                     followers/<digest>.json   signals that join it
 *     intake/handled/<digest>.json                                     what came of a signal
 */
export interface Place {
  environment: string;
  mcp: string;
  indicator: string;
  number: number;
}

const claimSchema = z.object({
  runId: z.number().int(),
  at: z.iso.datetime(),
  /** Nothing is declared by this place: it belongs to an incident that there is. */
  incident: z.number().int().positive().optional(),
});
export type Claim = z.infer<typeof claimSchema>;
const againSchema = z.object({ at: z.iso.datetime() });
const incidentSchema = z.object({ incident: z.number().int().positive() });

const outcomeSchema = z.object({
  /** It declares; or the incident that it joined; or the place behind which it waits for the incident. */
  outcome: z.enum(["declares", "joined", "follows"]),
  number: z.number().int(),
  incident: z.number().int().nullable(),
});
export type Handled = z.infer<typeof outcomeSchema>;

const JSON_TYPE = { contentType: "application/json" };

/** `alarms/auth-failures/00000003`: how the dispatch of incident.yml names the place. */
export function placeName({ indicator, number }: Pick<Place, "indicator" | "number">): string {
  return `${indicator}/${String(number).padStart(8, "0")}`;
}

/** Reads such a name; undefined when it is none. */
export function readPlace(where: Pick<Place, "environment" | "mcp">, name: string): Place | undefined {
  const match = /^((?:alarms|manual|external)\/[a-z0-9]+(?:-[a-z0-9]+)*)\/(\d{8})$/.exec(name);
  const number = Number(match?.[2]);
  return match && number > 0
    ? { environment: where.environment, mcp: where.mcp, indicator: match[1] ?? "", number }
    : undefined;
}

type Line = Omit<Place, "number">;

/** Of all lines of an mcp. */
function linesOf({ environment, mcp }: Pick<Place, "environment" | "mcp">): string {
  return `intake/${environment}/${mcp}/`;
}

function folder(place: Place): string {
  return `${linesOf(place)}${placeName(place)}`;
}

/** A place that is taken, and what lies there beside the signal. */
export interface Taken {
  place: Place;
  hasIncident: boolean;
  /** The digests of the signals that join it. */
  followers: ReadonlySet<string>;
}

/** The places that are taken in a line, or in all lines of an mcp, by one listing; oldest first in each line. */
export async function takenPlaces(
  vault: Vault,
  where: Omit<Line, "indicator"> & Partial<Line>,
): Promise<Taken[]> {
  const all = linesOf(where);
  const found = new Map<string, { place: Place; hasIncident: boolean; followers: Set<string> }>();
  for (const key of await listKeys(
    vault,
    where.indicator === undefined ? all : `${all}${where.indicator}/`,
  )) {
    const [channel, row, number, file = "", name = ""] = key.slice(all.length).split("/");
    const place = readPlace(where, [channel, row, number].join("/"));
    if (!place) continue;
    const known = found.get(placeName(place)) ?? { place, hasIncident: false, followers: new Set() };
    if (file === "incident.json") known.hasIncident = true;
    if (file === "followers") known.followers.add(name.replace(/\.json$/, ""));
    found.set(placeName(place), known);
  }
  return [...found.values()];
}

/** A signal at its place, with the moment when it took that. */
const placedSchema = signalSchema.extend({ takenAt: z.iso.datetime() });
export type Placed = z.infer<typeof placedSchema>;

/** Whether the place was free and is the signal's now. */
export function takePlace(vault: Vault, place: Place, signal: Signal, now: Date): Promise<boolean> {
  return write(vault, `${folder(place)}/signal.json`, { ...signal, takenAt: now.toISOString() });
}

/** @throws FirebreakError `no-signal` when nothing stands there. */
export async function signalAt(vault: Vault, place: Place): Promise<Placed> {
  const found = await read(vault, `${folder(place)}/signal.json`, placedSchema);
  if (found) return found;
  throw new FirebreakError(
    "no-signal",
    `No signal ${placeName(place)} of ${place.mcp} is in s3://${vault.bucket}/intake/.`,
    "Leave 'signal' empty when you declare an incident by hand.",
  );
}

/** Whose this place is: `mine`, unless another one was first. */
export async function claim(vault: Vault, place: Place, mine: Claim): Promise<Claim> {
  if (await write(vault, `${folder(place)}/claim.json`, mine)) return mine;
  return (await claimOf(vault, place)) ?? mine;
}

export function claimOf(vault: Vault, place: Place): Promise<Claim | undefined> {
  return read(vault, `${folder(place)}/claim.json`, claimSchema);
}

/** Notes that this place got a second run. */
export async function gotRunAgain(vault: Vault, place: Place, now: Date): Promise<void> {
  await write(vault, `${folder(place)}/again.json`, { at: now.toISOString() });
}

/** When it did; undefined where it has not. */
export async function runAgainAt(vault: Vault, place: Place): Promise<Date | undefined> {
  const again = await read(vault, `${folder(place)}/again.json`, againSchema);
  return again && new Date(again.at);
}

export async function becameIncident(vault: Vault, place: Place, incident: number): Promise<void> {
  await write(vault, `${folder(place)}/incident.json`, { incident });
}

export async function incidentOf(vault: Vault, place: Place): Promise<number | undefined> {
  return (await read(vault, `${folder(place)}/incident.json`, incidentSchema))?.incident;
}

export async function follow(vault: Vault, place: Place, signal: Signal): Promise<void> {
  await write(vault, `${folder(place)}/followers/${signal.digest}.json`, signal);
}

/** The signals that join the incident of this place, or have. */
export async function followersOf(vault: Vault, place: Place): Promise<Signal[]> {
  const keys = await listKeys(vault, `${folder(place)}/followers/`);
  const found = await Promise.all(keys.map((key) => read(vault, key, signalSchema)));
  return found.filter((signal) => signal !== undefined);
}

export async function markHandled(vault: Vault, { digest }: Signal, handled: Handled): Promise<void> {
  await write(vault, `intake/handled/${digest}.json`, handled);
}

export function handledBefore(vault: Vault, { digest }: Signal): Promise<Handled | undefined> {
  return read(vault, `intake/handled/${digest}.json`, outcomeSchema);
}

async function write(vault: Vault, key: string, value: object): Promise<boolean> {
  return (await putOnce(vault, key, `${JSON.stringify(value, null, 2)}\n`, JSON_TYPE)).created;
}

/** @throws FirebreakError `intake-broken` for an object that Firebreak has not written. */
async function read<Shape>(vault: Vault, key: string, schema: z.ZodType<Shape>): Promise<Shape | undefined> {
  const body = await readObject(vault, key);
  if (!body) return undefined;
  try {
    return schema.parse(JSON.parse(body.toString("utf8")));
  } catch (cause) {
    throw new FirebreakError(
      "intake-broken",
      `s3://${vault.bucket}/${key} is not what Firebreak writes there. Somebody else may have.`,
      "Find out who wrote it (CloudTrail), and declare the incident by hand with incident.yml.",
      { cause },
    );
  }
}
