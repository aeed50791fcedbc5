import { createHash } from "node:crypto";
import { ATTESTED_PREDICATE_TYPE } from "../attestation/statement.ts";
import type { Label } from "../label.ts";
import { type CaptureManifest, captureFolder } from "../manifest.ts";
import { count } from "../progress.ts";
import { weaknesses } from "../vault-protection.ts";
import { foreign, type Html, html, inlineStyle } from "./html.ts";
import { itemSections, moment, tallied } from "./items.ts";
import { sourceDetails, sourceTable } from "./sources.ts";
import { STYLE } from "./style.ts";

/** What the page is made of: the manifest as it is about to be sealed, and the label. */
export type IndexedCapture = Omit<CaptureManifest, "sealedAt" | "ledgerHead">;

const STYLE_SHA256 = createHash("sha256").update(STYLE).digest("base64");

/**
 * A capture as a page for people: what was collected, how complete it is, by whom and when, and how to check it.
 *
 * It is made before the seal, of what is about to be sealed, and is an item itself. No script, nothing loaded from
 * anywhere, nothing of any log's content; about 1 MB at the most, however large the capture.
 */
export function renderIndex(capture: IndexedCapture, label: Label, bucket: string): string {
  const tallies = tallied(capture.items);
  const folder = captureFolder(capture.incident, capture.capture);
  const style = inlineStyle(STYLE, STYLE_SHA256);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${style.source}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${capture.incident}: capture ${capture.capture}</title>
${style.element}
</head>
<body>
<header>
<h1>Evidence of ${capture.incident}</h1>
<p class="faint">Capture ${foreign(capture.capture)} of ${foreign(capture.mcp)} in ${foreign(capture.environment)}</p>
</header>
<main>
${verdict(capture)}
<h2>What this is</h2>
${facts(capture, label, bucket)}
<h2>How complete it is</h2>
${sourceTable(capture.sources, tallies)}
${sourceDetails(capture.sources, capture.gaps ?? [])}
<h2>How to check it</h2>
${howToCheck(capture, bucket)}
<h2>Items</h2>
<p class="faint">All keys are below <code>${foreign(folder)}</code>. Characters that would show nothing or turn the direction of
the text stand as their code point. No content is shown here: open an item for that.</p>
${itemSections(capture.items, folder)}
</main>
<footer><p class="faint">Written just before the capture was sealed, of what was about to be sealed. Where it and
<code>manifest.json</code> differ, the manifest is right. A run that was interrupted may have left such a page too: of several
(<code>index.html</code>, <code>index~2.html</code>, …) the one with the highest number is the capture’s.</p></footer>
</body>
</html>
`;
  return page.html;
}

function verdict({ complete, sources, gaps = [] }: IndexedCapture): Html {
  const short = sources.filter(({ status }) => status !== "complete");
  const missing = gaps.length + sources.reduce((sum, entry) => sum + entry.gaps.length, 0);
  const late = sources.reduce((sum, { pending = [] }) => sum + pending.length, 0);
  const coming = late === 0 ? html`` : html` Still to come, for a later capture: ${count(late)}.`;
  if (complete)
    return html`<div class="verdict good"><strong>Complete.</strong> Of every source all is here that there was.${coming}</div>`;
  const requested = short.filter(({ status }) => status === "requested").map(({ source }) => source);
  if (gaps.length === 0 && requested.length === short.length && missing === 0)
    return html`<div class="verdict warn"><strong>Complete but for what is requested:</strong> ${requested.join(", ")}.${coming}</div>`;
  const names = short.map(({ source, status }) => `${source} (${status})`).join(", ");
  return html`<div class="verdict bad"><strong>Not complete.</strong> ${count(missing)} missing, each by name below${
    names === "" ? html`` : html`: ${names}`
  }.${coming}</div>`;
}

function facts(capture: IndexedCapture, label: Label, bucket: string): Html {
  const { run, window, vaultProtection, supplements } = capture;
  const rows: [string, Html][] = [
    ["Description", lines(label.description)],
    ["Incident noticed", html`${moment(label.incidentDate)} UTC`],
    ["Severity and type", html`${foreign(label.severity)}, ${foreign(label.type)}`],
    [
      "Exported by",
      html`${foreign(label.exportedBy.name)} (${foreign(label.exportedBy.login)}), ${moment(label.exportedAt)} UTC`,
    ],
    ["Evidence from", html`${moment(window.from)} to ${moment(window.to)} UTC`],
    ["Collection began", html`${moment(capture.startedAt)} UTC`],
    [
      "By workflow run",
      html`${run.id}, attempt ${run.attempt}, job ${foreign(run.job)} of ${foreign(run.workflow)} in ${foreign(run.repository)}`,
    ],
    ["Kept in", html`<code>s3://${bucket}/${captureFolder(capture.incident, capture.capture)}</code>`],
  ];
  if (supplements)
    rows.push([
      "Adds to",
      html`capture ${foreign(supplements.capture)}: this one holds only what arrived later<br><span class="hash">${supplements.manifestSha256}</span>`,
    ]);
  if (vaultProtection) {
    const { versioning, objectLock, defaultRetention } = vaultProtection;
    const weak = weaknesses(bucket, vaultProtection).map(
      (sentence) => html`<br><span class="mark bad">${sentence}</span>`,
    );
    rows.push([
      "Protected by",
      html`versioning ${versioning}, Object Lock ${objectLock}, default retention ${defaultRetention ?? "none"}${weak}`,
    ]);
  }
  return html`<table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`,
  )}</tbody></table>`;
}

/** Text of several lines; everything else in it is shown as what it is. */
function lines(text: string): Html {
  const shown = text.slice(0, 8000).split(/\r?\n/);
  const more = text.length - 8000;
  return html`${shown.map((line, index) => html`${index > 0 ? html`<br>` : html``}${foreign(line)}`)}${
    more > 0 ? html` <span class="faint">… the rest is in label.json</span>` : html``
  }`;
}

function howToCheck({ incident, capture, run }: IndexedCapture, bucket: string): Html {
  const folder = captureFolder(incident, capture);
  const uri = `s3://${bucket}/incidents/${incident}`;
  return html`<p>In the bucket: every digest, the seal, the ledger’s chain, Object Lock, nothing added and nothing missing.</p>
<pre>npx firebreak verify ${uri}</pre>
<p>Without trusting the bucket or the network, on a copy:</p>
<pre>aws s3 sync ${uri} ${incident}
npx firebreak verify ${incident} --offline</pre>
<p>Without this software, any one item by hand: its digest must be the one in <code>manifest.json</code>, and the manifest’s own
the one in the ledger and in the comment on the issue that announced the seal.</p>
<pre>sha256sum ${incident}/captures/${capture}/manifest.json ${incident}/captures/${capture}/&lt;item&gt;</pre>
<p>Where the repository has artifact attestations, GitHub vouches for the manifest too:</p>
<pre>gh attestation verify ${incident}/captures/${capture}/manifest.json --repo ${run.repository} --predicate-type ${ATTESTED_PREDICATE_TYPE}</pre>
<p class="faint">Folder of this capture: <code>${folder}</code></p>`;
}
