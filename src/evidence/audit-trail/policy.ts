import { z } from "zod";
import { canonicalJson } from "../../vault/digest.ts";

/**
 * Bucket policies in a form in which two that mean the same are the same
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html): S3 does not give back a policy
 * letter by letter as it was put.
 */

const texts = z.union([z.string(), z.array(z.string())]);
const principal = z.union([z.string(), z.record(z.string(), texts)]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const condition = z.record(z.string(), z.record(z.string(), z.union([scalar, z.array(scalar)])));

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: condition.optional(),
});

const policySchema = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([statementSchema, z.array(statementSchema)]),
});

type Statement = z.infer<typeof statementSchema>;

/** One statement: its name, and its meaning as text that can be compared. */
export interface ReadStatement {
  sid: string;
  text: string;
  statement: Statement;
}

/** What the policy language knows when a policy does not say: the version of 2008. */
const OLD_VERSION = "2008-10-17";

/** Reads a policy. @throws Error when it is none. */
export function readPolicy(json: string): { version: string; statements: ReadStatement[] } {
  const policy = policySchema.parse(JSON.parse(json));
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  return {
    version: policy.Version ?? OLD_VERSION,
    statements: statements.map((statement, index) => ({
      sid: statement.Sid ?? `statement ${index + 1}`,
      text: canonicalJson(normalised(statement)),
      statement,
    })),
  };
}

/** In what two policies differ, by statement; empty when they mean the same. Names of statements mean nothing. */
export function policyDifferences(expected: string, actual: string): string[] {
  const [wanted, found] = [readPolicy(expected), readPolicy(actual)];
  const missing = without(wanted.statements, found.statements);
  const added = without(found.statements, wanted.statements);
  const differences = missing.map(({ sid, text }) => {
    const instead = added.findIndex((statement) => statement.sid === sid);
    if (instead < 0) return `${sid} is missing: ${text}`;
    const [changed] = added.splice(instead, 1);
    return `${sid} was changed: expected ${text}, found ${changed?.text ?? ""}`;
  });
  if (wanted.version !== found.version)
    differences.push(`the version is ${found.version} instead of ${wanted.version}`);
  return [...differences, ...added.map(({ sid, text }) => `${sid} is not expected: ${text}`)];
}

function without(statements: readonly ReadStatement[], others: readonly ReadStatement[]): ReadStatement[] {
  const rest = others.map(({ text }) => text);
  return statements.filter(({ text }) => {
    const at = rest.indexOf(text);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Lists in order and without repetition, actions and condition keys without case, one as a list of one. */
function normalised({ Sid: _sid, ...statement }: Statement): object {
  const { Effect, Condition } = statement;
  return {
    Effect,
    Principal: normalisedPrincipal(statement.Principal),
    NotPrincipal: normalisedPrincipal(statement.NotPrincipal),
    Action: statement.Action && sorted(statement.Action, (action) => action.toLowerCase()),
    NotAction: statement.NotAction && sorted(statement.NotAction, (action) => action.toLowerCase()),
    Resource: statement.Resource && sorted(statement.Resource),
    NotResource: statement.NotResource && sorted(statement.NotResource),
    Condition: Condition && normalisedCondition(Condition),
  };
}

/** `"*"` and `{"AWS": "*"}` mean the same in a policy of a resource; so do an account's number and its root. */
function normalisedPrincipal(value: z.infer<typeof principal> | undefined): unknown {
  if (value === undefined) return undefined;
  const named = typeof value === "string" ? { AWS: value } : value;
  return Object.fromEntries(
    Object.entries(named).map(([kind, names]) => [
      kind,
      sorted(names, (name) => (/^\d{12}$/.test(name) ? `arn:aws:iam::${name}:root` : name)),
    ]),
  );
}

function normalisedCondition(value: z.infer<typeof condition>): object {
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [
          key.toLowerCase(),
          sorted((Array.isArray(values) ? values : [values]).map(String)),
        ]),
      ),
    ]),
  );
}

function sorted(values: string | readonly string[], change = (value: string) => value): string[] {
  const list = typeof values === "string" ? [values] : values;
  return [...new Set(list.map(change))].sort();
}

/** What deletes an object, or hides it behind a delete marker, or one of its versions for good. */
const DELETING = ["s3:deleteobject", "s3:deleteobjectversion"];

/**
 * Why a policy does not deny everybody to delete what lies in the bucket; null when it does. Only a statement without
 * a condition, for every principal and every object, denies it to all.
 */
export function whyDeletionIsAllowed(json: string, bucket: string): string | null {
  const denials = readPolicy(json).statements.filter(({ statement }) => deniesEverybody(statement, bucket));
  const open = DELETING.filter(
    (action) => !denials.some(({ statement }) => covers(statement.Action, action, lower)),
  );
  if (open.length === 0) return null;
  return `no statement denies ${open.map((action) => action.replace("delete", "Delete").replace("object", "Object").replace("version", "Version")).join(" and ")} on ${bucket} to every principal, unconditionally`;
}

function deniesEverybody({ Effect, Principal, Resource, Condition }: Statement, bucket: string): boolean {
  if (Effect !== "Deny" || (Condition && Object.keys(Condition).length > 0)) return false;
  const everybody =
    typeof Principal === "string" ? Principal === "*" : list(Principal?.AWS ?? []).includes("*");
  return (
    everybody &&
    Resource !== undefined &&
    list(Resource).some((resource) => coversAllObjects(resource, bucket))
  );
}

function coversAllObjects(resource: string, bucket: string): boolean {
  return (
    /^\*+$/.test(resource) ||
    new RegExp(`^arn:aws[a-z-]*:s3:::(${escapeExpression(bucket)}/)?\\*+$`).test(resource)
  );
}

/** Whether a list of patterns with `*` and `?` covers a name. */
function covers(
  patterns: string | string[] | undefined,
  name: string,
  read: (text: string) => string,
): boolean {
  return list(patterns ?? []).some((pattern) => {
    const expression = escapeExpression(read(pattern)).replaceAll("\\*", ".*").replaceAll("\\?", ".");
    return new RegExp(`^${expression}$`, "s").test(name);
  });
}

const lower = (text: string) => text.toLowerCase();

function list(values: string | string[]): string[] {
  return typeof values === "string" ? [values] : values;
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
