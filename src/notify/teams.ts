import type { Message } from "./message.ts";

/**
 * The message as the trigger "When a Teams webhook request is received" of the Workflows app takes it: a message with an
 * Adaptive Card (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using). Text
 * stands in TextRuns: other than a TextBlock those know no Markdown
 * (https://adaptivecards.io/explorer/TextRun.html). At most 28 KB in all; what is built here is far below. Pure.
 */
export function teamsPayload({ subject, opening, sections, links }: Message): object {
  const paragraph = (text: string, style: object = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text, ...style }],
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            paragraph(subject, { weight: "Bolder", size: "Large" }),
            ...opening.map((line) => paragraph(line)),
            ...sections
              .filter(({ lines }) => lines.length > 0)
              .flatMap(({ title, lines }) => [
                paragraph(title, { weight: "Bolder" }),
                ...lines.map((line) => paragraph(`• ${line}`)),
              ]),
          ],
          actions: links.map(({ title, url }) => ({ type: "Action.OpenUrl", title, url })),
        },
      },
    ],
  };
}
