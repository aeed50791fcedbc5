/**
 * Holds the call logs of drills against the policies that infra/ ships, for the runbook's first environment:
 *
 *   mkdir calls; FIREBREAK_CALL_LOGS=$PWD/calls npm test -- test/e2e
 *   node scripts/policies.ts calls
 *
 * Exit status 1 when a call was answered that no policy allows, or something is allowed that no call needed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allowedBy, judge } from "../drill/aws/access/judge.ts";
import { rolesOf } from "../drill/aws/access/roles.ts";
import { resolveTemplate } from "../drill/aws/access/template.ts";
import type { CallRecord } from "../drill/contracts.ts";
import { OWNER_ID, REPOSITORY_ID } from "../drill/scenario/seed-github.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import { environmentOf } from "../src/runbook/target.ts";
import { roleParameters, vaultParameters } from "./setup/stack-parameters.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: node scripts/policies.ts FOLDER");
  process.exit(2);
}
const runbook = await loadRunbook(join(ROOT, "runbook.yml"));
const [environment = ""] = Object.keys(runbook.environments);
const { region, evidence_role, cluster } = environmentOf(runbook, environment);
const place = { region, accountId: /::(\d+):/.exec(evidence_role)?.[1] ?? "" };
const trail = runbook.evidence.trail?.name.replaceAll("{env}", environment) ?? "";
const parameters = roleParameters(runbook, environment, {
  repository: "acme/platform",
  ownerId: OWNER_ID,
  repositoryId: REPOSITORY_ID,
  defaultBranch: "main",
  trailBucket: trail === "" ? null : `${trail}-${place.accountId}`,
  deliveryBucket: null,
});
const template = (name: string) => readFileSync(join(ROOT, "infra", `${name}.yml`), "utf8");
const roles = rolesOf(
  {
    ...resolveTemplate(template("vault"), vaultParameters(runbook, environment), place),
    ...resolveTemplate(template("roles"), parameters, place),
  },
  place.accountId,
);
const facts = {
  ...place,
  cluster: cluster.replaceAll("{env}", environment),
  // The drill has one key, and the log names it by its id.
  aliasesOf: () => [parameters.SigningKeyAlias ?? ""],
};

const used = new Set<string>();
const refused = new Set<string>();
let calls = 0;
const logs = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
for (const name of logs) {
  const lines = readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean);
  calls += lines.length;
  const verdict = judge(
    lines.map((line) => JSON.parse(line) as CallRecord),
    roles,
    facts,
  );
  for (const one of verdict.used) used.add(one);
  for (const one of verdict.refused) refused.add(one);
}
const unused = [...roles.values()].flatMap(allowedBy).filter((one) => !used.has(one));
for (const one of refused) console.log(`used but not allowed  ${one}`);
for (const one of unused) console.log(`allowed but unused    ${one}`);
console.log(
  `${logs.length} call log(s), ${calls} calls: ${refused.size} used but not allowed, ${unused.length} allowed but unused (${used.size} used)`,
);
process.exitCode = logs.length > 0 && refused.size + unused.length === 0 ? 0 : 1;
