import type { Event } from "@aws-sdk/client-cloudtrail";
import { isSecretText } from "../secret-signs.ts";

/** One event of CloudTrail as a line of an item. */
export interface TrailLine {
  id: string;
  /** Milliseconds since the epoch, UTC. CloudTrail's own times are whole seconds. */
  at: number;
  /** One line of NDJSON, with its newline. */
  text: string;
}

/**
 * Members whose value is a credential. AWS hides most by itself (the value of PutParameter, for one); the session
 * token of AssumeRole it does not
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html). Access key ids stay: they are no
 * secret, and they lead from a session to what it did.
 */
const SECRET_MEMBER =
  /^(session_?token|secret_?access_?key|secret(string|binary)?|\w*password|private_?key|client_?secret|auth_?token|access_?token|refresh_?token|id_?token)$/i;

/** What AWS writes where it hides a value. */
const HIDDEN_BY_AWS = /^(HIDDEN_DUE_TO_SECURITY_REASONS|\*+)?$/;

/** A JSON string, and whether a colon follows: then it is a member's name. */
const JSON_STRING = /"((?:[^"\\]|\\.)*)"(\s*:)?/g;

const REDACTED = '"[redacted]"';

/** The event as LookupEvents gave it: its record word for word, except for secrets. */
export function trailLine({ EventId, EventTime, Username, Resources, CloudTrailEvent }: Event): TrailLine {
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
  return { id, at, text: `${JSON.stringify(line)}\n` };
}

/**
 * A JSON text without secrets, otherwise byte for byte the same. No fingerprint is kept: CloudTrail shows the record
 * by its id for 90 days, and the trail's files hold it.
 */
export function withoutSecrets(json: string): { text: string; redacted: number } {
  let redacted = 0;
  let member = "";
  const text = json.replace(JSON_STRING, (whole: string, content: string, colon: string | undefined) => {
    if (colon !== undefined) {
      member = content;
      return whole;
    }
    if (HIDDEN_BY_AWS.test(content)) return whole;
    if (!SECRET_MEMBER.test(member) && !isSecretText(unescaped(content))) return whole;
    redacted += 1;
    return REDACTED;
  });
  return { text, redacted };
}

function unescaped(content: string): string {
  if (!content.includes("\\")) return content;
  try {
    return String(JSON.parse(`"${content}"`));
  } catch {
    return content;
  }
}
