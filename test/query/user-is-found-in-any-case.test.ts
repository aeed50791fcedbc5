import { expect, test } from "@jest/globals";
import { InputReader } from "../../src/actions/inputs.ts";
import { readInputs } from "../../src/actions/query-audit-logs/inputs.ts";
import { run } from "../../src/actions/query-audit-logs/run.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { auditKey } from "../support/audit-records.ts";
import { startPreservePlatform, target } from "../support/preserve-platform.ts";

test("a user's calls are found however the principal was typed: Entra does not tell names apart by case", async () => {
  const platform = await startPreservePlatform();
  try {
    const timestamp = new Date(platform.clock.now() - 60_000).toISOString();
    const call = (user: string) => JSON.stringify({ timestamp, user, tool: "probe", outcome: "success" });
    const body = ["Ana.Alba@Example.com", "ana.alba@example.com", "ana.alba@example.org"]
      .map(call)
      .join("\n");
    platform.server.s3.seedObject(target.auditBucket, auditKey(platform.clock.now(), "a.ndjson"), body);
    await preserve(platform.deps(), await platform.declare(), ["audit-logs"]);
    const inputs = new InputReader({
      INPUT_INCIDENT: "42",
      INPUT_ENVIRONMENT: "dev",
      "INPUT_GITHUB-TOKEN": "t",
      INPUT_QUESTION: "user",
      INPUT_VALUE: "ana.alba@EXAMPLE.com",
    });
    await run(readInputs(inputs), platform.deps({ runId: 9001 }));
    const comment = platform.comments.at(-1) ?? "";
    expect(comment).toContain("Ana.Alba@Example.com");
    expect(comment).toContain("ana.alba@example.com");
    expect(comment).not.toContain("example.org");
  } finally {
    await platform.close();
  }
});
