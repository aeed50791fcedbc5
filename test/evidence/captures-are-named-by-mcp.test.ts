import { expect, test } from "@jest/globals";
import { chooseCapture } from "../../src/evidence/capture-id.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { context, ownRunbook } from "../support/incident.ts";
import { MemoryS3 } from "../support/memory-s3.ts";

const s3 = new MemoryS3();
const vault = { s3: s3.client, bucket: "vault" };
const run = { ...context, runId: 7001 };

async function choose(mcp: string, joined: boolean, attempt = 1, addsTo?: string) {
  const target = { ...resolveTarget(ownRunbook(), "dev", "servicenow"), mcp };
  const record = { vault, id: "INC-42", joined, target };
  return chooseCapture(record, { ...run, runAttempt: attempt }, () => true, addsTo);
}

test("the declared mcp's is the run id, a joined one's has its name behind", async () => {
  expect(await choose("servicenow", false)).toEqual({ collect: "7001" });
  expect(await choose("x", true)).toEqual({ collect: "7001.x" });
  expect(await choose("x", true, 1, "7000.x")).toEqual({ collect: "7000.x_7001" });
});

test("a capture that was begun is continued by its own mcp alone, however the names resemble", async () => {
  s3.objects.set("incidents/INC-42/captures/7001.x-2/label.json", Buffer.from("{}"));
  expect(await choose("x", true, 2)).toEqual({ collect: "7001.x" });
  expect(await choose("x-2", true, 2)).toEqual({ collect: "7001.x-2" });
  expect(await choose("servicenow", false, 2)).toEqual({ collect: "7001" });
  s3.objects.set("incidents/INC-42/captures/7001-2.x/label.json", Buffer.from("{}"));
  expect(await choose("x", true, 3)).toEqual({ collect: "7001-2.x" });
  expect(await choose("servicenow", false, 3)).toEqual({ collect: "7001" });
});
