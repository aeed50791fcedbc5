import { describe, expect, test } from "@jest/globals";
import { filesIn, withoutComments } from "./sources.ts";

/**
 * AWS operations that take evidence away, shorten how long it is kept, or open the way to it. AbortMultipartUpload is
 * none: it gives up an upload that never became an object. DeleteRolePolicy is none: it takes back the one inline policy
 * that a revocation wrote, whose text the ledger keeps, and one file alone may call it.
 */
const DESTRUCTIVE = new RegExp(
  [
    "(Delete(?!RolePolicy(Command)?\\b)|Purge|Destroy)\\w*",
    "(Put|Update)BucketPolicy\\w*",
    "PutBucket(Acl|Versioning|Lifecycle\\w*|OwnershipControls|Encryption|Replication|Logging)",
    "PutPublicAccessBlock",
    "PutObject(LockConfiguration|Retention|LegalHold|Acl)",
    "PutRetentionPolicy",
    "PutResourcePolicy",
    "(Stop|Update)(Logging|Trail|EventDataStore\\w*)",
    "PutEventSelectors",
    "CancelExportTask",
    "UnlabelParameterVersion",
    "ScheduleKeyDeletion",
    "DisableKey",
  ].join("|"),
);
/** In an IAM policy a wildcard may allow what it does not name. */
const ALLOWS_TOO_MUCH = new RegExp(`:(\\*|\\w*\\*\\w*)$|:(${DESTRUCTIVE.source})$`);
/**
 * The one file that may put a bucket policy: the expected one, in place of what somebody has put on the audit bucket. It
 * protects evidence, and takes none away.
 */
const RESTORES_POLICY = "src/containment/restore-bucket-policy.ts";
const READ_WILDCARD = /^[a-z0-9-]+:(Get|List|Describe|Head|Lookup)\w*\*$/;

/** Every destructive call in some TypeScript: an SDK command, a method of an aggregated client, an HTTP DELETE. */
function destructiveCalls(code: string): string[] {
  const commands = code.matchAll(new RegExp(`\\b(${DESTRUCTIVE.source})Command\\b`, "g"));
  const methods = code.matchAll(/\.(rest\.\w+\.)(delete|remove)[A-Z]\w*\(/g);
  const aggregated = code.matchAll(
    /\.(delete(Object|Bucket|Log|Trail|Parameter)\w*|putBucket\w+|putRetentionPolicy)\(/g,
  );
  const http = code.matchAll(/["'`]DELETE[\s"'`]/g);
  return [...commands, ...methods, ...aggregated, ...http].map((match) => match[0]);
}

interface Statement {
  Effect?: string;
  Action?: string | string[];
  NotAction?: string | string[];
}

/** What an IAM policy document allows that it must not. */
function allowedTooMuch(document: { Statement?: Statement | Statement[] }): string[] {
  const statements = [document.Statement ?? []].flat().filter(({ Effect }) => Effect === "Allow");
  const actions = statements.flatMap(({ Action = [] }) => [Action].flat());
  const complements = statements.filter(({ NotAction }) => NotAction !== undefined).map(() => "NotAction");
  return [
    ...actions.filter(
      (action) => action === "*" || (ALLOWS_TOO_MUCH.test(action) && !READ_WILDCARD.test(action)),
    ),
    ...complements,
  ];
}

/** The policy documents that the project ships: JSON files, and JSON blocks in its pages. */
function shippedPolicies(): { path: string; document: { Statement: Statement[] } }[] {
  const pages = ["docs", "actions", "infra"].flatMap((folder) => filesIn(folder, ".md"));
  const blocks = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => ({ path, text: match[1] ?? "" })),
  );
  const files = ["docs", "infra"].flatMap((folder) => filesIn(folder, ".json"));
  return [...files, ...blocks]
    .filter(({ text }) => text.includes('"Statement"'))
    .map(({ path, text }) => ({ path, document: JSON.parse(text) as { Statement: Statement[] } }));
}

describe("never, anywhere: a call that deletes evidence, log streams, trails or bucket policy", () => {
  test.each(filesIn("src", ".ts").map(({ path, text }) => [path, text] as const))("%s", (path, text) => {
    const allowed = path === RESTORES_POLICY ? ["PutBucketPolicyCommand", "PutBucketPolicyCommand"] : [];
    expect(destructiveCalls(withoutComments(text))).toEqual(allowed);
  });

  test("a bucket policy is put by one call, on the audit bucket, and it is the one of the repository", () => {
    const [file] = filesIn("src", ".ts").filter(({ path }) => path === RESTORES_POLICY);
    const code = withoutComments(file?.text ?? "");
    const calls = [...code.matchAll(/new PutBucketPolicyCommand\(([^)]*)\)/g)].map(([, input]) => input);
    expect(calls).toEqual(["{ Bucket, Policy, ExpectedBucketOwner }"]);
    expect(code).toContain("const { auditBucket: Bucket, accountId: ExpectedBucketOwner } = record.target;");
    expect(code.match(/const Policy = .*;/g)).toEqual([
      "const Policy = await expected({ deps, runbook: record.runbook, target: record.target });",
    ]);
    expect(code).toContain("await expectedPolicy(deps.context.workspace, runbook, target)");
  });

  test("a role's inline policy is deleted by the step that takes back its own, and nowhere else", () => {
    const files = filesIn("src", ".ts").filter(({ text }) => text.includes("DeleteRolePolicyCommand"));
    expect(files.map(({ path }) => path)).toEqual(["src/containment/deny-sessions.ts"]);
  });

  test("no IAM policy that the project ships allows one", () => {
    const offenders = shippedPolicies().map(({ path, document }) => ({
      path,
      allowed: allowedTooMuch(document),
    }));
    expect(offenders.filter(({ allowed }) => allowed.length > 0)).toEqual([]);
  });

  test.each([
    "new DeleteObjectCommand({})",
    "new DeleteLogStreamCommand({})",
    "new DeleteTrailCommand({})",
    "new StopLoggingCommand({})",
    "new PutBucketPolicyCommand({})",
    "new PutObjectRetentionCommand({})",
    "await s3.deleteObject({})",
    "await github.rest.issues.deleteComment({})",
    'await github.request("DELETE /repos/{owner}/{repo}/actions/runs/{run_id}")',
  ])("the walk catches %s", (code) => {
    expect(destructiveCalls(code)).toHaveLength(1);
  });

  test("the walk lets an abandoned upload be aborted", () => {
    expect(destructiveCalls("new AbortMultipartUploadCommand({})")).toEqual([]);
  });

  test.each([
    ["*"],
    ["s3:*"],
    ["s3:Put*"],
    ["s3:DeleteObjectVersion"],
    ["logs:DeleteLogStream"],
    ["cloudtrail:StopLogging"],
    ["s3:PutBucketPolicy"],
    ["s3:BypassGovernanceRetention*"],
  ])("a policy that allows %s is caught", (action) => {
    expect(allowedTooMuch({ Statement: [{ Effect: "Allow", Action: [action] }] })).toEqual([action]);
  });

  test("a policy that reads, and one that denies, are let be", () => {
    const reads = { Effect: "Allow", Action: ["s3:GetObject*", "logs:GetLogEvents", "s3:PutObject"] };
    expect(allowedTooMuch({ Statement: [reads, { Effect: "Deny", Action: "s3:Delete*" }] })).toEqual([]);
  });
});
