/**
 * Paging tokens and event ids of CloudWatch Logs: 56 digits that hold an event's place.
 *
 * As in the service, a token's number is opaque to clients. Here it is timestamp (14 digits), stream (8),
 * sequence (16) and a nonce (18) by which an empty page can hand out a fresh token for the same place.
 */
import { AwsError } from "../errors.ts";
import type { Cut } from "./events.ts";

/** A place in the merged order of a log group's streams. */
export interface Place extends Cut {
  /** The stream's serial number in its log group. */
  readonly stream: number;
  /** How many empty pages were returned at this place. */
  readonly nonce: number;
}

export type Direction = "f" | "b";

export function eventId(place: Omit<Place, "nonce">): string {
  return digits({ ...place, nonce: 0 });
}

/** A GetLogEvents token: `f/...` goes forward in time, `b/...` backward. */
export function streamToken(direction: Direction, place: Place): string {
  return `${direction}/${digits(place)}/s`;
}

/** Throws InvalidParameterException when the text is no token. */
export function parseStreamToken(token: string): { direction: Direction; place: Place } {
  const match = /^([fb])\/(\d{56})\/s$/.exec(token);
  if (match === null) throw invalidToken();
  return { direction: match[1] as Direction, place: place(match[2] as string) };
}

/** A FilterLogEvents token. */
export function groupToken(place: Place): string {
  return Buffer.from(digits(place)).toString("base64url");
}

/** Throws InvalidParameterException when the text is no token. */
export function parseGroupToken(token: string): Place {
  const text = Buffer.from(token, "base64url").toString("latin1");
  if (!/^\d{56}$/.test(text)) throw invalidToken();
  return place(text);
}

export function invalidToken(): AwsError {
  return new AwsError("InvalidParameterException", "The specified nextToken is invalid.");
}

function digits({ timestamp, stream, sequence, nonce }: Place): string {
  return (
    String(timestamp).padStart(14, "0") +
    String(stream).padStart(8, "0") +
    String(sequence).padStart(16, "0") +
    String(nonce).padStart(18, "0")
  );
}

function place(text: string): Place {
  return {
    timestamp: Number(text.slice(0, 14)),
    stream: Number(text.slice(14, 22)),
    sequence: Number(text.slice(22, 38)),
    nonce: Number(text.slice(38)),
  };
}
