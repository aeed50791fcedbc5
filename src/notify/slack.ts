import type { Message } from "./message.ts";

/**
 * The message as Slack's incoming webhooks take it. All text stands in `plain_text` objects, which Slack does not format;
 * `&`, `<` and `>` are escaped everywhere else (https://docs.slack.dev/messaging/formatting-message-text#escaping). Limits:
 * a header 150 characters, a section 3,000 (https://docs.slack.dev/reference/block-kit/blocks). Pure.
 */
export function slackPayload({ subject, opening, sections, links }: Message): object {
  const plain = (text: string, limit: number) => ({
    type: "plain_text",
    text: cut(text, limit),
    // Words between colons would become pictures.
    emoji: false,
  });
  return {
    // What a notification shows.
    text: escapeSlack(subject),
    blocks: [
      { type: "header", text: plain(subject, 150) },
      ...opening.map((line) => ({ type: "section", text: plain(line, 3000) })),
      ...sections
        .filter(({ lines }) => lines.length > 0)
        .map(({ title, lines }) => ({
          type: "section",
          text: plain([title, ...lines.map((line) => `• ${line}`)].join("\n"), 3000),
        })),
      {
        type: "section",
        text: {
          type: "mrkdwn",
          text: links.map(({ title, url }) => `<${escapeSlack(url)}|${escapeSlack(title)}>`).join("\n"),
        },
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
