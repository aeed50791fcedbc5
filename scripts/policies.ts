/**
 * Holds the call logs of drills against the policies that infra/ ships, with everything in the stacks that a runbook can
 * ask for:
 *
 *   mkdir calls; FIREBREAK_CALL_LOGS=$PWD/calls npm test
 *   node scripts/run.mjs scripts/policies.ts calls
 *
 * Exit status 1 when a call needed what no policy allows, when something is allowed that no call needed and that
 * policies/exempt.ts does not name, or when what that names is needed after all.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { judge } from "../drill/aws/access/judge.ts";
import type { TemplateRole } from "../drill/aws/access/roles.ts";
import type { CallRecord } from "../drill/contracts.ts";
import { DEFAULT_BRANCH, OWNER_ID, REPOSITORY_ID } from "../drill/scenario/seed-github.ts";
import { deliveryBucket, deployStacks, trailBucket } from "../drill/scenario/stacks.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import { resolveTarget } from "../src/runbook/target.ts";
import { type Comparison, compare } from "./policies/compare.ts";
import { EXEMPT } from "./policies/exempt.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: node scripts/run.mjs scripts/policies.ts FOLDER");
  process.exit(2);
}
const roles = await shippedRoles();
const verdict = judge([], roles);
const files = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));
let calls = 0;
for (const name of files) {
  const lines = readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean);
  calls += lines.length;
  judge(
    lines.map((line) => JSON.parse(line) as CallRecord),
    roles,
    verdict,
  );
}
const comparisons = compare(roles.values(), verdict, EXEMPT);
console.log(`${files.length} call logs, ${calls} calls\n`);
console.table(Object.fromEntries(comparisons.map(({ role, ...lists }) => [role, counts(lists)])));
for (const { exempt } of comparisons)
  for (const one of exempt) console.log(`exempt               ${one}: ${EXEMPT[one]}`);
const faults = comparisons.flatMap(({ refused, unused, needless }) => [
  ...refused.map((one) => `used but not allowed ${one}`),
  ...unused.map((one) => `allowed but unused   ${one}`),
  ...needless.map((one) => `exempt for nothing   ${one}`),
]);
for (const one of faults) console.log(one);
process.exitCode = files.length > 0 && faults.length === 0 ? 0 : 1;

function counts({ allowed, used, exempt, unused, refused }: Omit<Comparison, "role">) {
  return {
    allowed: allowed.length,
    used: used.length,
    exempt: exempt.length,
    "allowed but unused": unused.length,
    "used but not allowed": refused.length,
  };
}

/** The roles of every environment of the runbook. */
async function shippedRoles(): Promise<Map<string, TemplateRole>> {
  const runbook = await loadRunbook(join(ROOT, "runbook.yml"));
  const environments = Object.entries(runbook.environments).map(([environment, { mcps }]) => {
    const { region, accountId, trail } = resolveTarget(runbook, environment, mcps[0] ?? "");
    const around = {
      repository: "acme/platform",
      ownerId: OWNER_ID,
      repositoryId: REPOSITORY_ID,
      defaultBranch: DEFAULT_BRANCH,
      trailBucket: trail === null ? null : trailBucket(trail, accountId),
      deliveryBucket: deliveryBucket(environment),
    };
    const parameter = `arn:aws:ssm:${region}:${accountId}:parameter/firebreak/${environment}/webhooks/*`;
    const everything = {
      WebhookParameters: parameter,
      Retention: "true",
      KmsKeys: `arn:aws:kms:${region}:${accountId}:key/any`,
    };
    return [...deployStacks(runbook, environment, { region, accountId }, around, everything).roles];
  });
  return new Map(environments.flat());
}
