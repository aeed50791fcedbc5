import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { policyDifferences, whyDeletionIsAllowed } from "../../src/evidence/audit-trail/policy.ts";

const deny = {
  Sid: "DenyDeletion",
  Effect: "Deny",
  Principal: "*",
  Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
  Resource: "arn:aws:s3:::audit/*",
};
const tls = {
  Sid: "Tls",
  Effect: "Deny",
  Principal: { AWS: ["*"] },
  Action: "s3:*",
  Resource: ["arn:aws:s3:::audit", "arn:aws:s3:::audit/*"],
  Condition: { Bool: { "aws:SecureTransport": false } },
};
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });

describe("two policies mean the same", () => {
  test.each([
    ["in another order", policy(tls, deny)],
    [
      "with lists in another order and twice",
      policy({ ...deny, Action: [...deny.Action].reverse().concat("s3:DeleteObject") }, tls),
    ],
    ["with one as a list of one", policy({ ...deny, Resource: ["arn:aws:s3:::audit/*"] }, tls)],
    ["with * as an AWS principal", policy({ ...deny, Principal: { AWS: "*" } }, tls)],
    [
      "with actions and condition keys in another case",
      policy(
        { ...deny, Action: ["S3:deleteobject", "s3:DeleteObjectVersion"] },
        { ...tls, Condition: { Bool: { "AWS:securetransport": "false" } } },
      ),
    ],
    ["with other names of statements", policy({ ...deny, Sid: "x" }, { ...tls, Sid: undefined })],
  ])("%s", (_how, other) => {
    expect(policyDifferences(policy(deny, tls), other)).toEqual([]);
  });

  test("with one statement that is no list", () => {
    expect(
      policyDifferences(policy(deny), JSON.stringify({ Version: "2012-10-17", Statement: deny })),
    ).toEqual([]);
  });

  test("with an account's number and its root", () => {
    const allow = (AWS: string) => policy({ ...deny, Effect: "Allow", Principal: { AWS } });
    expect(policyDifferences(allow("111122223333"), allow("arn:aws:iam::111122223333:root"))).toEqual([]);
  });
});

describe("a difference is named by its statement", () => {
  test("missing, added and changed", () => {
    expect(policyDifferences(policy(deny, tls), policy(tls))).toEqual([
      expect.stringMatching(/^DenyDeletion is missing: \{.*deleteobject/),
    ]);
    expect(policyDifferences(policy(deny), policy(deny, { ...tls, Effect: "Allow" }))).toEqual([
      expect.stringMatching(/^Tls is not expected/),
    ]);
    const narrowed = { ...deny, Resource: "arn:aws:s3:::audit/other/*" };
    expect(policyDifferences(policy(deny), policy(narrowed))).toEqual([
      expect.stringMatching(/^DenyDeletion was changed: expected .*audit\/\*.*, found .*audit\/other\/\*/),
    ]);
  });

  test("a statement that is there twice is not the same as once", () => {
    expect(policyDifferences(policy(deny, deny), policy(deny))).toHaveLength(1);
  });

  test("another version of the policy language", () => {
    const old = JSON.stringify({ Statement: [deny] });
    expect(policyDifferences(policy(deny), old)).toEqual(["the version is 2008-10-17 instead of 2012-10-17"]);
  });

  test("what is no policy is refused", () => {
    expect(() => policyDifferences(policy(deny), '{"Statement": [{"Effect": "Maybe"}]}')).toThrow();
    expect(() => policyDifferences(policy(deny), "no JSON")).toThrow();
  });
});

describe("deletion is denied to everybody", () => {
  test.each([
    [
      "by the shipped policy",
      readFileSync("policies/audit-bucket.json", "utf8").replaceAll("{bucket}", "audit"),
    ],
    ["by name", policy(tls, deny)],
    ["by wildcard", policy({ ...deny, Action: "s3:Delete*" })],
    ["by everything", policy({ ...deny, Action: "*", Resource: "*" })],
    [
      "by two statements",
      policy({ ...deny, Action: "s3:DeleteObject" }, { ...deny, Action: "s3:DeleteObjectVersion" }),
    ],
  ])("%s", (_how, text) => {
    expect(whyDeletionIsAllowed(text, "audit")).toBeNull();
  });

  test.each([
    ["an Allow", { ...deny, Effect: "Allow" }],
    [
      "a condition",
      { ...deny, Condition: { StringNotEquals: { "aws:PrincipalArn": "arn:aws:iam::1:role/x" } } },
    ],
    ["one principal", { ...deny, Principal: { AWS: "arn:aws:iam::111122223333:role/x" } }],
    [
      "everybody but one",
      { ...deny, Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::111122223333:role/x" } },
    ],
    ["one folder", { ...deny, Resource: "arn:aws:s3:::audit/servicenow/*" }],
    ["another bucket", { ...deny, Resource: "arn:aws:s3:::audit2/*" }],
    ["all actions but deletion", { ...deny, Action: undefined, NotAction: "s3:DeleteObject*" }],
  ])("not by %s", (_how, statement) => {
    expect(whyDeletionIsAllowed(policy(statement), "audit")).toMatch(
      /no statement denies s3:DeleteObject and s3:DeleteObjectVersion on audit/,
    );
  });

  test("not when versions stay deletable, and it says so", () => {
    expect(whyDeletionIsAllowed(policy({ ...deny, Action: "s3:DeleteObject" }), "audit")).toBe(
      "no statement denies s3:DeleteObjectVersion on audit to every principal, unconditionally",
    );
  });
});
