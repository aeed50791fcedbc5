/**
 * Bucket policies: the Deny statements, which hold whatever a role's own policy allows. Allow statements grant
 * nothing here: roles of the bucket's own account are taken to have their permissions already.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
import { operatorTest } from "../access/operators.ts";
import { notImplemented } from "../errors.ts";
import { wildcardMatch } from "../wildcard.ts";
import { isObject } from "../xml.ts";
import { S3Error } from "./errors.ts";

export interface BucketPolicy {
  /** As it was put. */
  text: string;
  denials: readonly Denial[];
}

/** One permission that a call needs. */
export interface PolicyRequest {
  /** For example `s3:PutObject`. */
  action: string;
  /** For example `arn:aws:s3:::bucket/key`. */
  resource: string;
  principal: { roleArn: string; sessionArn: string; accountId: string };
  /** Condition keys in lower case; absent keys are not part of the request. */
  conditions: Readonly<Record<string, string | undefined>>;
}

type Denial = (request: PolicyRequest) => boolean;

/** Reads a policy. Throws MalformedPolicy for a wrong one, NotImplemented for conditions that are not simulated. */
export function parsePolicy(text: string): BucketPolicy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (!isObject(document) || document.Statement === undefined) {
    throw malformed("Missing required field Statement");
  }
  const statements = asList(document.Statement);
  return { text, denials: statements.flatMap((statement) => parseStatement(statement)) };
}

export function isDenied(policy: BucketPolicy | null, request: PolicyRequest): boolean {
  return policy?.denials.some((denial) => denial(request)) ?? false;
}

const ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

function parseStatement(statement: unknown): Denial[] {
  if (!isObject(statement)) throw malformed("Statement must be an object");
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.has(element));
  if (unknown) throw malformed(`Unknown field ${unknown}`);
  const { Effect: effect } = statement;
  if (effect !== "Allow" && effect !== "Deny") throw malformed("Invalid effect in policy");
  const principal = eitherElement(statement, "Principal", principalTest);
  const action = eitherElement(statement, "Action", actionTest);
  const resource = eitherElement(statement, "Resource", resourceTest);
  const conditions = parseConditions(statement.Condition);
  if (effect === "Allow") return [];
  return [
    (request) =>
      principal(request) &&
      action(request) &&
      resource(request) &&
      conditions.every((holds) => holds(request)),
  ];
}

/** `X` or its opposite `NotX`: one of them must be there. */
function eitherElement(
  statement: Record<string, unknown>,
  name: string,
  read: (value: unknown) => Denial,
): Denial {
  if (statement[name] !== undefined) return read(statement[name]);
  if (statement[`Not${name}`] === undefined) throw malformed(`Missing required field ${name}`);
  const test = read(statement[`Not${name}`]);
  return (request) => !test(request);
}

function principalTest(value: unknown): Denial {
  if (value === "*") return () => true;
  if (!isObject(value)) throw malformed("Invalid principal in policy");
  const names = asList(value.AWS).map(String);
  return ({ principal: { roleArn, sessionArn, accountId } }) =>
    names.some((name) =>
      ["*", accountId, `arn:aws:iam::${accountId}:root`, roleArn, sessionArn].includes(name),
    );
}

function actionTest(value: unknown): Denial {
  const patterns = asList(value).map((pattern) => String(pattern).toLowerCase());
  return ({ action }) => patterns.some((pattern) => wildcardMatch(pattern, action.toLowerCase()));
}

function resourceTest(value: unknown): Denial {
  const patterns = asList(value).map(String);
  return ({ resource }) => patterns.some((pattern) => wildcardMatch(pattern, resource));
}

/** The condition keys that a request carries; a policy that asks for another would never mean what it says. */
export const CONDITION_KEYS = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:securetransport",
  "aws:sourceaccount",
  "s3:objectcreationoperation",
  "s3:prefix",
  "s3:versionid",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-copy-source",
  "s3:object-lock-mode",
  "s3:object-lock-retain-until-date",
  "s3:object-lock-remaining-retention-days",
  "s3:object-lock-legal-hold",
  "s3:if-none-match",
  "s3:if-match",
]);

function parseConditions(value: unknown): Denial[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw malformed("Invalid condition in policy");
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw malformed("Invalid condition in policy");
    return Object.entries(keys).map(([key, expected]) =>
      condition(operator, key.toLowerCase(), asList(expected).map(String)),
    );
  });
}

function condition(operatorName: string, key: string, expected: readonly string[]): Denial {
  if (!CONDITION_KEYS.has(key)) throw notImplemented(`the condition key ${key} in a bucket policy`);
  const test = operatorTest(operatorName);
  if (!test) throw notImplemented(`the condition operator ${operatorName} in a bucket policy`);
  return ({ conditions }) => {
    const actual = conditions[key];
    return test(actual === undefined ? undefined : [actual], expected);
  };
}

function asList(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function malformed(message: string): S3Error {
  return new S3Error("MalformedPolicy", message, 400);
}
