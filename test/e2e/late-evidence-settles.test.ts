import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type DrillOutcome, drill, filesBelow, readJson } from "../support/drill.ts";

interface Source {
  source: string;
  status: string;
  collected: Record<string, number | string>;
  gaps: { what: string }[];
  pending?: { what: string; why: string }[];
  overwritten?: unknown[];
  deleteMarkers?: { key: string }[];
  trail?: { verdict: string };
}
interface Manifest {
  complete: boolean;
  supplements?: { capture: string };
  sources: Source[];
  items: { source: string; key: string; detail?: Record<string, unknown> }[];
}
interface Entry {
  kind: string;
  data: { source?: string; outcome?: string; request?: string };
}

let outcome: DrillOutcome;
let manifests: Manifest[];
let ledger: Entry[];

beforeAll(async () => {
  outcome = await drill("evidence-settles", "--approve", "oncall-reviewer");
  const incident = `${outcome.out}/evidence/incidents/INC-1`;
  manifests = readdirSync(`${incident}/captures`)
    .sort()
    .map((capture) => readJson<Manifest>(`${incident}/captures/${capture}`, "manifest.json"));
  ledger = filesBelow(`${incident}/ledger`)
    .sort()
    .map((file) => readJson<Entry>(`${incident}/ledger`, file));
}, 300_000);

const sourceIn = (manifest: Manifest | undefined, name: string): Source => {
  const found = manifest?.sources.find(({ source }) => source === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
};
const pendingOf = (name: string) =>
  (sourceIn(manifests[0], name).pending ?? []).map(({ what, why }) => `${what}: ${why}`).join("\n");
const happened = (pattern: RegExp) => pattern.exec(outcome.output)?.[1];

describe("a capture of every source, while things still come", () => {
  test("ends as the scenario expects", () => {
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
  });

  test("names what is not there yet, source by source", () => {
    const [first] = manifests;
    expect(first?.complete).toBe(false);
    expect(first?.sources.map(({ source, gaps }) => [source, gaps])).toEqual([
      ["cloudwatch-logs", []],
      ["audit-logs", []],
      ["ecs", []],
      ["ssm-parameter", []],
      ["cloudtrail", []],
      ["github-actions", []],
      ["entra-sign-in", []],
      ["iam-role", []],
    ]);
    expect(pendingOf("cloudwatch-logs")).toMatch(/late log events/);
    expect(pendingOf("cloudwatch-logs")).toMatch(/another export task runs/);
    expect(pendingOf("cloudtrail")).toMatch(/log files[\s\S]*digest files/);
    expect(pendingOf("github-actions")).toMatch(/in progress/);
    expect(sourceIn(first, "cloudtrail").trail?.verdict).toBe("pending");
    expect(sourceIn(first, "entra-sign-in").status).toBe("requested");
  });

  test("names the audit object that was overwritten and the delete marker", () => {
    const [overwritten, deleted] = [happened(/(\S+) was overwritten/), happened(/(\S+) got a delete marker/)];
    const audit = sourceIn(manifests[0], "audit-logs");
    expect(JSON.stringify(audit.overwritten)).toContain(overwritten);
    expect(audit.deleteMarkers?.map(({ key }) => key)).toEqual([deleted]);
    // Both versions of the overwritten object are items, and what the marker hides is one, too.
    const keys = manifests[0]?.items.map(({ key }) => key) ?? [];
    expect(keys.filter((key) => key.includes(`/audit-logs/${overwritten}`))).toHaveLength(2);
    expect(keys.filter((key) => key.includes(`/audit-logs/${deleted}`))).toHaveLength(1);
  });
});

describe("the sweep", () => {
  test("adds only what came late, each capture to the one before", () => {
    const [first, ...more] = manifests;
    expect(more.every(({ supplements, complete }) => supplements !== undefined && complete)).toBe(true);
    const logs = [first, ...more]
      .map((manifest) => manifest?.sources.find(({ source }) => source === "cloudwatch-logs"))
      .filter((source) => source !== undefined);
    const held = logs.map(({ collected }) => Number(collected.events));
    // Two tasks' streams got seven lines each that their agent had held back.
    expect((held[1] ?? 0) - (held[0] ?? 0)).toBe(14);
    expect(logs.at(-1)?.collected).toMatchObject({
      exportedLines: held.at(-1),
      capturedLinesNotExported: 0,
    });
    const exported = more.flatMap(({ items }) =>
      items.filter(({ key }) => key.includes("/cloudwatch-logs/export/")),
    );
    expect(exported.length).toBeGreaterThan(0);
    const trails = more.flatMap(({ sources }) => sources.filter(({ source }) => source === "cloudtrail"));
    expect(trails.at(-1)?.trail?.verdict).toBe("valid");
  });

  test("makes every source final, and settles what was asked for", () => {
    const final = ledger.filter(({ kind }) => kind === "source-final");
    // The user's blast radius was asked for as well, and its answer kept.
    const sources = [...(manifests[0]?.sources.map(({ source }) => source) ?? []), "query"];
    expect(final.map(({ data }) => data.source).sort()).toEqual(sources.sort());
    expect(new Set(final.map(({ data }) => data.outcome))).toEqual(new Set(["complete"]));
    const asked = ledger.filter(({ kind }) => kind === "evidence-requested");
    const settled = ledger.filter(({ kind }) => kind === "request-settled");
    expect(settled.map(({ data }) => [data.request, data.outcome]).sort()).toEqual(
      asked.map(({ data }) => [data.request, "delivered"]).sort(),
    );
  });

  test("says so in the issue", () => {
    const issues = readJson<{ body: string; comments: { body: string }[] }[]>(
      outcome.out,
      "github/issues.json",
    );
    const said = issues[0]?.comments.map(({ body }) => body).join("\n") ?? "";
    expect(said).toContain("**Evidence final:** nothing more is waited for");
    expect(issues[0]?.body).not.toMatch(/still to come/i);
  });
});
