/** The messages that people got past GitHub, in order. */
import type { Message } from "../messages.ts";
import { type Html, html } from "./html.ts";

const NAMES: Readonly<Record<Message["channel"], string>> = {
  sns: "SNS topic",
  ses: "E-mail",
  slack: "Slack",
  teams: "Teams",
};

export function renderMessages(messages: readonly Message[]): Html {
  if (messages.length === 0) return html`<p class="quiet">Nobody was told anything but by GitHub.</p>`;
  return html`<div class="scroll"><table>
    <thead><tr><th>When</th><th>By</th><th>To</th><th>What</th></tr></thead>
    <tbody>${messages.map(renderRow)}</tbody>
  </table></div>`;
}

function renderRow({ at, channel, to, subject, text }: Message): Html {
  const time = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return html`<tr><td><time datetime="${at}">${time}</time></td><td>${NAMES[channel]}</td>
    <td>${to.startsWith("arn:") ? to.slice(to.lastIndexOf(":") + 1) : to}</td>
    <td><details><summary>${subject ?? text.split("\n")[0]}</summary><pre>${text}</pre></details></td></tr>`;
}
