import type { Event } from "@aws-sdk/client-cloudtrail";
import { withoutSecretsOfEcs } from "../redact.ts";
import { isHidden, isSecretText } from "../secret-signs.ts";
import type { EventNote } from "./trail-compare.ts";

/** One event of CloudTrail as a line of an item. */
export interface TrailLine {
  id: string;
  /** Milliseconds since the epoch, UTC. CloudTrail's own times are whole seconds. */
  at: number;
  /** One line of NDJSON, with its newline. */
  text: string;
  note: EventNote;
}

/**
 * Members whose value is a credential. AWS hides most by itself (the value of PutParameter, for one); the session
 * token of AssumeRole it does not
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html). Access key ids stay: they are no
 * secret, and they lead from a session to what it did.
 */
const SECRET_MEMBER =
  /^(session_?token|secret_?access_?key|secret(string|binary)?|\w*password|private_?key|client_?secret|auth_?token|access_?token|refresh_?token|id_?token)$/i;

/** A JSON string, and whether a colon follows: then it is a member's name. */
const JSON_STRING = /"((?:[^"\\]|\\.)*)"(\s*:)?/g;

const MARK = "[redacted]";
const REDACTED = JSON.stringify(MARK);

/** Whose calls carry task definitions and overrides: environments and commands. */
const OF_ECS = /"eventSource"\s*:\s*"ecs\.amazonaws\.com"/;

/** The event as LookupEvents gave it: its record word for word, except for secrets. */
export function trailLine(event: Event): TrailLine {
  const { EventId, EventTime, Username, Resources, CloudTrailEvent } = event;
  const id = EventId ?? "";
  const at = EventTime?.getTime() ?? 0;
  const { text, redacted } = withoutSecrets(CloudTrailEvent ?? "");
  const line = {
    timestamp: at,
    eventId: id,
    username: Username,
    resources: Resources,
    record: text,
    ...(redacted > 0 ? { redacted } : {}),
  };
  const note = { at, change: event.ReadOnly === "false", source: event.EventSource ?? "" };
  return { id, at, text: `${JSON.stringify(line)}\n`, note };
}

/**
 * A JSON text without secrets, otherwise byte for byte the same; except for ECS's records that hold some, which are
 * written anew. No fingerprint is kept: CloudTrail shows the record by its id for 90 days, and the trail's files hold it.
 */
export function withoutSecrets(json: string): { text: string; redacted: number } {
  const own = OF_ECS.test(json) ? ecsRecord(json) : { text: json, redacted: 0 };
  let { redacted } = own;
  let member = "";
  const text = own.text.replace(JSON_STRING, (whole: string, content: string, colon: string | undefined) => {
    if (colon !== undefined) {
      member = content;
      return whole;
    }
    if (isHidden(content) || content === MARK) return whole;
    if (!SECRET_MEMBER.test(member) && !isSecretText(unescaped(content).replaceAll(MARK, "-"))) return whole;
    redacted += 1;
    return REDACTED;
  });
  return { text, redacted };
}

/** Parameters and answers of a call to ECS are its documents, so what is a secret there is one here. */
function ecsRecord(json: string): { text: string; redacted: number } {
  let record: { requestParameters?: unknown; responseElements?: unknown };
  try {
    record = JSON.parse(json) as typeof record;
  } catch {
    return { text: json, redacted: 0 };
  }
  let redacted = 0;
  const hide = () => {
    redacted += 1;
    return MARK;
  };
  const { requestParameters, responseElements } = record;
  const clean = {
    ...record,
    ...(requestParameters ? { requestParameters: withoutSecretsOfEcs(requestParameters, hide) } : {}),
    ...(responseElements ? { responseElements: withoutSecretsOfEcs(responseElements, hide) } : {}),
  };
  return { text: redacted === 0 ? json : JSON.stringify(clean), redacted };
}

function unescaped(content: string): string {
  if (!content.includes("\\")) return content;
  try {
    return String(JSON.parse(`"${content}"`));
  } catch {
    return content;
  }
}

/** What a line that lies in the vault says of its event. @throws Error when it is no JSON. */
export function readNote(line: string): { id: string; note: EventNote } {
  const { eventId, timestamp, record } = JSON.parse(line) as Record<string, unknown>;
  let held: { readOnly?: unknown; eventSource?: unknown } = {};
  try {
    held = JSON.parse(String(record)) as typeof held;
  } catch {
    // A record that CloudTrail gave in another form stands there word for word all the same.
  }
  const note = {
    at: Number(timestamp),
    change: held.readOnly === false,
    source: String(held.eventSource ?? ""),
  };
  return { id: String(eventId), note };
}
