/** What Slack and Teams take at a webhook, and how they answer. */

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  /** What a person reads, a line each; null when the message was refused. */
  text: string | null;
  /** The service's own word for why it was refused; null when it was taken. */
  error: string | null;
}

type Json = Readonly<Record<string, unknown>>;

const SLACK_TEXT = 40_000;
const SLACK_BLOCKS = 50;
const SECTION_TEXT = 3000;
const CARD = "application/vnd.microsoft.card.adaptive";
const TEAMS_BYTES = 28 * 1024;

/**
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and, for the limits,
 * https://docs.slack.dev/reference/block-kit/blocks
 */
export function slackReply(body: string): Reply {
  const payload = parse(body);
  if (payload === null) return slack(400, "invalid_payload");
  const { text, blocks } = payload;
  if (typeof text === "string" && text.length > SLACK_TEXT) return slack(400, "msg_too_long");
  if (blocks !== undefined && !areBlocks(blocks)) return slack(400, "invalid_blocks");
  const lines = [typeof text === "string" ? text : "", ...textsIn(blocks)].filter((line) => line !== "");
  return lines.length === 0 ? slack(400, "no_text") : slack(200, "ok", lines.join("\n"));
}

function slack(status: number, word: string, text: string | null = null): Reply {
  return {
    status,
    contentType: "text/html; charset=utf-8",
    body: word,
    text,
    error: text === null ? word : null,
  };
}

function areBlocks(blocks: unknown): boolean {
  if (!Array.isArray(blocks) || blocks.length > SLACK_BLOCKS) return false;
  return blocks.every((block) => {
    if (!isObject(block) || typeof block.type !== "string") return false;
    return textsIn(block).every((text) => text.length <= SECTION_TEXT);
  });
}

/**
 * A workflow that posts what it is sent takes an Adaptive Card in a message. It answers before it has posted.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export function teamsReply(body: string): Reply {
  const payload = parse(body);
  if (payload === null) return teams(400, "InvalidRequestContent");
  if (Buffer.byteLength(body) > TEAMS_BYTES) return teams(413, "RequestEntityTooLarge");
  const cards = Array.isArray(payload.attachments) ? payload.attachments : [];
  const isMessage = payload.type === "message" && cards.length > 0 && cards.every(isCard);
  return isMessage ? teams(202, null, textsIn(cards).join("\n")) : teams(400, "TriggerInputSchemaMismatch");
}

function teams(status: number, error: string | null, text: string | null = null): Reply {
  const body =
    error === null ? "" : JSON.stringify({ error: { code: error, message: "The request was refused." } });
  return { status, contentType: "application/json; charset=utf-8", body, text, error };
}

function isCard(attachment: unknown): boolean {
  if (!isObject(attachment) || attachment.contentType !== CARD || !isObject(attachment.content)) return false;
  const { type, body } = attachment.content;
  return type === "AdaptiveCard" && Array.isArray(body) && textsIn(body).length > 0;
}

/** Every text in blocks or cards, in order: `text`, and the titles and values of fact sets. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member !== "string") return textsIn(member);
    return ["text", "title", "value", "url"].includes(name) ? [member] : [];
  });
}

function parse(body: string): Json | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
