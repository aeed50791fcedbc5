import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { type IndexedCapture, renderIndex } from "../../src/evidence/index-page/render.ts";
import type { Label } from "../../src/evidence/label.ts";
import type { ManifestItem, ManifestSource } from "../../src/evidence/source-schema.ts";
import { manifestOf } from "../support/sealed.ts";

const FOLDER = "incidents/INC-42/captures/7001/";
const label: Label = {
  schema: "firebreak/label/v1",
  incident: "INC-42",
  capture: "7001",
  incidentDate: "2026-11-21T02:40:00.000Z",
  description: "Parameter reads at night\n\nSeen by an alarm",
  exportedBy: { login: "oncall", name: "Olga Oncall" },
  exportedAt: "2026-11-21T03:00:01.000Z",
  severity: "high",
  type: "service-outage",
  environment: "dev",
  mcp: "servicenow",
};

const auditLogs = (changes: Partial<ManifestSource> = {}): ManifestSource =>
  ({
    source: "audit-logs",
    status: "complete",
    expected: { objects: 3, counted: "two listings" },
    collected: { objects: 3 },
    gaps: [],
    deleteMarkers: [],
    ...changes,
  }) as ManifestSource;

function page(changes: Partial<IndexedCapture> = {}, labelled: Partial<Label> = {}): string {
  return renderIndex({ ...manifestOf(3), ...changes }, { ...label, ...labelled }, "vault-dev");
}

const item = (name: string, changes: Partial<ManifestItem> = {}): ManifestItem => ({
  ...(manifestOf(1).items[0] as ManifestItem),
  key: `${FOLDER}audit-logs/${name}`,
  ...changes,
});

describe("the index page", () => {
  test("allows nothing but its own style, by digest, and asks for nothing", () => {
    const text = page();
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "";
    const digest = createHash("sha256").update(style).digest("base64");
    expect(text).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(text).not.toMatch(/<(script|img|iframe|link|object|form|a)\b/i);
    expect(style).not.toMatch(/url\(|@import/);
  });

  test.each([
    ["an object's key", { items: [item("<script>alert(1)</script>")] }, {}],
    [
      "an item's origin",
      { items: [item("a", { origin: { uri: 's3://b/"><script>alert(1)</script>' } })] },
      {},
    ],
    ["a gap", { sources: [auditLogs({ gaps: [{ what: "<script>alert(1)</script>", why: "<b>" }] })] }, {}],
    ["a count's name", { sources: [auditLogs({ expected: { "<script>alert(1)": "<i onload=x>" } })] }, {}],
    ["the description", {}, { description: "</td><script>alert(1)</script>" }],
    ["a name", {}, { exportedBy: { login: "x", name: "<img src=x onerror=alert(1)>" } }],
  ])("shows markup in %s as text", (_where, changes, labelled) => {
    const text = page(changes, labelled);
    expect(text).not.toMatch(/<script|<img|<b>|<i onload/i);
    expect(text).toMatch(/&lt;(script|img)/);
  });

  test("shows characters that show nothing or turn the text as their code point", () => {
    const text = page({ items: [item("invoice\u202Egnp.exe\u0000\u200B\u{E0041}")] });
    for (const unseen of ["\u202E", "\u0000", "\u200B", "\u{E0041}"])
      expect(text.includes(unseen)).toBe(false);
    for (const point of ["U+202E", "U+0000", "U+200B", "U+E0041"]) expect(text).toContain(`<i>${point}</i>`);
  });

  test("shows a lone surrogate and a key of 1 kB whole", () => {
    const long = "k".repeat(1000);
    const text = page({ items: [item(`${long}\uD800`)] });
    expect(text).toContain(long);
    expect(text.isWellFormed()).toBe(true);
  });

  test("keeps every name in its own direction", () => {
    expect(page({ items: [item("سجل.ndjson")] })).toContain("<bdi>audit-logs/سجل.ndjson</bdi>");
  });
});

describe("the index page of a large capture", () => {
  const many = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(name(index)));

  test("shows the first thousand items of a source and counts the rest", () => {
    const text = page({ items: many(2345, (index) => `n${index}`) });
    expect(text).toContain("audit-logs: 2,345 items");
    expect(text).toContain("The first 1,000 of 2,345. The other 1,345 stand in");
    expect(text).toContain("<bdi>audit-logs/n999</bdi>");
    expect(text).not.toContain("<bdi>audit-logs/n1000</bdi>");
  });

  test("stays about a megabyte, whatever names the items and gaps have", () => {
    const name = (index: number) => `${'"'.repeat(900)}${index}`;
    const gaps = Array.from({ length: 20_000 }, (_, index) => ({ what: name(index), why: "<".repeat(900) }));
    const sources = ["audit-logs", "cloudwatch-logs", "cloudtrail", "ecs", "github-actions", "ssm-parameter"];
    const text = page({
      complete: false,
      items: sources.flatMap((source) => many(3000, name).map((one) => ({ ...one, source }))),
      gaps,
      sources: sources.map((source) => ({ ...auditLogs({ gaps }), source }) as ManifestSource),
    });
    expect(Buffer.byteLength(text)).toBeLessThan(1_100_000);
    expect(/and 19,\d{3} more: the manifest names each/.test(text)).toBe(true);
    expect(text.includes("140,000 missing, each by name below")).toBe(true);
  });
});

describe("the index page says how complete the capture is", () => {
  test("complete", () => {
    expect(page({ sources: [auditLogs()] })).toContain("<strong>Complete.</strong>");
  });

  test("complete but for what is requested", () => {
    const text = page({ complete: false, sources: [auditLogs({ status: "requested" })] });
    expect(text).toContain("<strong>Complete but for what is requested:</strong> audit-logs");
  });

  test("not complete, with every gap and what is still to come by name", () => {
    const pending = [{ what: "export task 7", why: "queued", expectedBy: "2026-11-21T15:00:00.000Z" }];
    const gaps = [{ what: "k?versionId=3", why: "changed while it was copied" }];
    const text = page({ complete: false, sources: [auditLogs({ status: "partial", gaps, pending })] });
    expect(text).toContain(
      "<strong>Not complete.</strong> 1 missing, each by name below: audit-logs (partial).",
    );
    expect(text).toContain("<bdi>k?versionId=3</bdi>: <bdi>changed while it was copied</bdi>");
    expect(text).toContain("<bdi>export task 7</bdi>");
    expect(text).toContain("by 2026-11-21 15:00:00 UTC");
    expect(text).toContain("Counted by: <bdi>two listings</bdi>");
  });

  test("which capture it adds to, and how the vault is not protected", () => {
    const text = page({
      supplements: { capture: "6900", manifestSha256: "a".repeat(64) },
      vaultProtection: { versioning: "enabled", objectLock: "off", defaultRetention: null },
    });
    expect(text).toContain("capture <bdi>6900</bdi>: this one holds only what arrived later");
    expect(text).toContain("The vault vault-dev has no Object Lock: evidence can be deleted.");
  });
});
