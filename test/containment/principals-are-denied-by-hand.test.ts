import { expect, test } from "@jest/globals";
import { denyByHand, shown } from "../../src/containment/deny-by-hand.ts";
import { letIn } from "../../src/containment/iam-documents.ts";

const here = { accountId: "111122223333" };

test("an IAM user: the very commands", () => {
  const text = denyByHand("arn:aws:iam::111122223333:user/team/eve", here, "INC-42");
  expect(text).toContain("aws iam put-user-policy --user-name eve --policy-name Firebreak-INC-42-DenyAll");
  expect(text).toContain("aws iam update-access-key --user-name eve --status Inactive");
});

test("a federated user, through the IAM user who made the session", () => {
  expect(denyByHand("arn:aws:sts::111122223333:federated-user/eve", here, "INC-42")).toContain(
    "GetFederationToken",
  );
});

test("a second role: an incident of its own", () => {
  expect(denyByHand("arn:aws:sts::111122223333:assumed-role/other/x1", here, "INC-42")).toContain(
    "declare an incident of its own",
  );
});

test("a name that somebody chose mentions nobody and brings no markup", () => {
  expect(shown("arn:aws:sts::111122223333:assumed-role/r/@octocat")).toBe(
    "arn:aws:sts::111122223333:assumed-role/r/(at)octocat",
  );
  expect(shown("https://example.net/approve")).toBe("https:?/example.net/approve");
  expect(shown("anna@example.com")).toBe("anna@example.com");
  expect(shown("<img src=x>`x`\n#1")).toBe("?img?src=x??x???1");
});

test("whom a trust policy lets in is chosen by whoever may write it", () => {
  const trust = (Principal: unknown) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "*" }] });
  const role = "arn:aws:iam::111122223333:role/@octocat";
  expect(letIn(trust({ AWS: [role, "*"], Federated: "https://example.net\n| x" }))).toEqual([
    "*",
    "arn:aws:iam::111122223333:role/(at)octocat",
    "https:?/example.net???x",
  ]);
});
