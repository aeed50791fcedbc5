import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  changingCalls,
  type DrillOutcome,
  drill,
  filesBelow,
  gunzippedLines,
  readJson,
  sha256File,
} from "../support/drill.ts";

interface Manifest {
  items: {
    key: string;
    size: number;
    sha256: string;
    origin: { uri: string };
  }[];
  sources: { source: string; status: string }[];
}

let outcome: DrillOutcome;
let evidence: string;
let capture: string;
let manifest: Manifest;

beforeAll(async () => {
  outcome = await drill("service-outage", "--approve", "oncall-reviewer");
  evidence = join(outcome.out, "evidence");
  const captures = join(evidence, "incidents/INC-1/captures");
  capture = join(captures, readdirSync(captures)[0] ?? "");
  manifest = readJson<Manifest>(capture, "manifest.json");
}, 180_000);

test("the drill ends with status 0", () => {
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
});

describe("the order of calls", () => {
  test("the first change comes after the seal and after the approval", () => {
    const { calls } = outcome;
    const sealed = calls.findIndex(
      ({ operation, resource }) => operation === "PutObject" && resource.endsWith("/manifest.json"),
    );
    const first = calls.findIndex(
      ({ operation }) => operation === "RegisterScalableTarget" || operation === "UpdateService",
    );
    expect(sealed).toBeGreaterThan(0);
    expect(first).toBeGreaterThan(sealed);
    const { approvals } = readJson<{ approvals: { at: string; login: string; state: string }[] }>(
      outcome.out,
      "report.json",
    );
    expect(approvals.map(({ login, state }) => `${login} ${state}`)).toEqual(["oncall-reviewer approved"]);
    expect(Date.parse(calls[first]?.at ?? "")).toBeGreaterThan(Date.parse(approvals[0]?.at ?? ""));
  });

  test("nothing is deleted, by anybody", () => {
    expect(outcome.calls.filter(({ operation }) => /^delete/i.test(operation.replace(/^.*\//, "")))).toEqual(
      [],
    );
  });

  test("scaling is suspended before the service is scaled to zero", () => {
    expect(changingCalls(outcome.calls, "containment").map(({ operation }) => operation)).toEqual([
      "RegisterScalableTarget",
      "UpdateService",
    ]);
  });
});

describe("the roles keep to their work", () => {
  test("containment reads of the evidence only ledger, seal, label and what covers the running tasks", () => {
    const reads = outcome.calls.filter(
      ({ principal, operation }) =>
        principal.includes("containment") && ["GetObject", "HeadObject"].includes(operation),
    );
    const allowed =
      /\/incidents\/INC-1\/(ledger\/\d{8}\.json|captures\/\d+\/(manifest\.json|label\.json|cloudwatch-logs\/.*))(\?.*)?$/;
    expect(reads.map(({ resource }) => resource).filter((resource) => !allowed.test(resource))).toEqual([]);
    expect(
      outcome.calls.filter(
        ({ principal, service }) =>
          principal.includes("containment") && ["logs", "cloudtrail"].includes(service),
      ),
    ).toEqual([]);
    expect(
      outcome.calls.filter(
        ({ principal, resource }) => principal.includes("containment") && resource.includes("audit"),
      ),
    ).toEqual([]);
  });

  test("evidence changes nothing: it tells people, labels the parameter's version, asks for a log export", () => {
    const operations = changingCalls(outcome.calls, "evidence").map(({ operation }) => operation);
    expect(operations.toSorted()).toEqual([
      "CreateExportTask",
      "LabelParameterVersion",
      "Publish",
      "SendEmail",
    ]);
  });

  test("no audit byte passes the runner", () => {
    const reads = outcome.calls.filter(
      ({ operation, resource }) => operation === "GetObject" && resource.startsWith("nn-aiconnectors-audit"),
    );
    expect(reads).toEqual([]);
  });
});

describe("the evidence", () => {
  test("has the digests and sizes that the manifest says, and nothing else is in the capture", () => {
    // Nothing is missing but what people have to deliver.
    expect(
      manifest.sources.filter(({ status }) => status !== "complete").map(({ source }) => source),
    ).toEqual(["entra-sign-in"]);
    for (const item of manifest.items) {
      expect([
        item.key,
        sha256File(evidence, item.key),
        readFileSync(join(evidence, item.key)).byteLength,
      ]).toEqual([item.key, item.sha256, item.size]);
    }
    const listed = new Set(manifest.items.map(({ key }) => key));
    const extra = filesBelow(capture).filter(
      (file) => !listed.has(join(capture, file).slice(evidence.length + 1)),
    );
    expect(extra.sort()).toEqual(["label.json", "manifest.dsse.json", "manifest.json", "manifest.pub.pem"]);
  });

  test("holds the attacker's reads of the parameter, from CloudTrail, each event once", () => {
    const files = filesBelow(capture).filter((file) => file.startsWith("cloudtrail/lookup/"));
    const events = files
      .flatMap((file) => gunzippedLines(capture, file))
      .map((line) => JSON.parse(line) as { eventId: string; username: string; record: string });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    const reads = events.filter(({ username }) => username === "svc-reporting@example.com");
    expect(reads.map(({ record }) => (JSON.parse(record) as { eventName: string }).eventName)).toEqual([
      "GetParameter",
      "GetParameter",
    ]);
  });

  test("holds this run of the workflow, with the jobs that had begun", () => {
    const [run = ""] = filesBelow(capture).filter((file) => file.endsWith("/run.json"));
    const [jobs = ""] = filesBelow(capture).filter((file) => file.endsWith("/jobs.json"));
    const { document } = readJson<{ document: { path: string; status: string } }>(capture, run);
    expect(document).toMatchObject({ path: ".github/workflows/incident.yml", status: "in_progress" });
    const begun = readJson<{ document: { name: string }[] }>(capture, jobs).document.map(({ name }) => name);
    expect(begun).toEqual(expect.arrayContaining(["declare", "preserve"]));
  });

  test("holds every log event and audit object that was seeded within the window", () => {
    interface Stream {
      group: string;
      stream: string;
      inWindow: number;
    }
    interface Seeded {
      window: { from: string };
      mcps: {
        name: string;
        streams: Stream[];
        auditObjects: { key: string; sha256: string; inWindow: boolean }[];
      }[];
      mcp: string;
      start: string;
    }
    const seeded = readJson<Seeded>(outcome.out, "seeded.json");
    const mcp = seeded.mcps.find(({ name }) => name === seeded.mcp);
    expect(mcp?.streams.length).toBeGreaterThan(0);
    for (const { group, stream, inWindow } of mcp?.streams ?? []) {
      if (inWindow === 0) continue;
      const events = gunzippedLines(
        capture,
        "cloudwatch-logs",
        group.replace(/^\//, ""),
        `${stream}.ndjson.gz`,
      ).map((line) => JSON.parse(line) as { timestamp: number });
      const [from, to] = [Date.parse(seeded.window.from), Date.parse(seeded.start)];
      expect([stream, events.filter(({ timestamp }) => timestamp >= from && timestamp < to).length]).toEqual([
        stream,
        inWindow,
      ]);
    }
    const wanted = (mcp?.auditObjects ?? []).filter(({ inWindow }) => inWindow);
    expect(wanted.length).toBeGreaterThan(50);
    for (const { key, sha256 } of wanted)
      expect([key, sha256File(capture, "audit-logs", key)]).toEqual([key, sha256]);
  });

  test("is labelled with date, description and the name of who exported it", () => {
    const label = readJson<Record<string, unknown>>(capture, "label.json");
    expect(label).toMatchObject({ incident: "INC-1", exportedBy: { login: "oncall-engineer" } });
    expect(String(label.description)).not.toBe("");
  });

  test("has a ledger whose chain anyone can check", () => {
    const folder = join(evidence, "incidents/INC-1/ledger");
    let previous: string | null = null;
    for (const [index, name] of readdirSync(folder).sort().entries()) {
      const entry = readJson<{ sequence: number; previous: string | null }>(folder, name);
      expect(entry).toMatchObject({ sequence: index + 1, previous });
      previous = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
    }
    expect(previous).not.toBeNull();
  });
});

describe("what is left", () => {
  test("the service runs no task and its scaling is suspended", () => {
    interface State {
      services: { name: string; desired: number; running: number; tasks: { lastStatus: string }[] }[];
      autoscaling: { resourceId: string; suspended: Record<string, boolean> }[];
    }
    const state = readJson<State>(outcome.out, "aws/state.json");
    const service = state.services.find(({ name }) => name === "aiconnectors-servicenow-dev");
    expect(service).toMatchObject({ desired: 0, running: 0 });
    expect(service?.tasks.map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED", "STOPPED", "STOPPED"]);
    expect(JSON.stringify(state.autoscaling)).not.toContain("false");
  });

  test("one incident issue, one review issue below it, and a comment for each turning point", () => {
    interface Issue {
      number: number;
      title: string;
      labels: string[];
      body: string;
      comments: { body: string }[];
      subIssues: number[];
      parent: number | null;
    }
    const issues = readJson<Issue[]>(outcome.out, "github/issues.json");
    expect(issues.map(({ number }) => number)).toEqual([1, 2]);
    const [incident, review] = issues;
    expect(incident?.labels).toEqual(
      expect.arrayContaining(["incident", "severity:high", "status:contained"]),
    );
    expect(incident?.subIssues).toEqual([2]);
    expect(review?.parent).toBe(1);
    expect(review?.body).toMatch(/due \*\*\d{4}-\d{2}-\d{2}\*\*/);
    expect(incident?.comments).toHaveLength(3);
    expect(incident?.body).toMatch(/- \[x\] 5\. \*\*Contain\*\*/);
    expect(incident?.body).toMatch(/- \[ \] 6\. \*\*Preserve evidence\*\*/);
  });

  test("the record of calls, jobs and logs is complete", () => {
    const report = readJson<{ conclusion: string; jobs: { key: string; conclusion: string }[] }>(
      outcome.out,
      "report.json",
    );
    expect(report.conclusion).toBe("success");
    expect(Object.fromEntries(report.jobs.map(({ key, conclusion }) => [key, conclusion]))).toEqual({
      declare: "success",
      escalate: "success",
      preserve: "success",
      contain: "success",
      outcome: "skipped",
      attest: "skipped",
      "blast-radius": "skipped",
      "verify-trail": "skipped",
      "plan-after-verdict": "skipped",
      "contain-after-verdict": "skipped",
      review: "success",
    });
    for (const { key } of report.jobs.filter(({ conclusion }) => conclusion !== "skipped"))
      expect(readFileSync(join(outcome.out, "logs", `${key}.log`), "utf8")).toContain("##[group]Run");
    expect(readFileSync(join(outcome.out, "index.html"), "utf8")).not.toMatch(/<script|src="http/);
  });
});
