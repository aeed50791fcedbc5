import { beforeAll, describe, expect, test } from "@jest/globals";
import { actionsOf } from "../../drill/aws/access/needs.ts";
import type { TemplateRole } from "../../drill/aws/access/roles.ts";
import { filesIn } from "../house/sources.ts";
import { type DevStacks, stacks } from "../support/stacks.ts";

/** The SDK's packages by the call log's names of the services. */
const SERVICES: Readonly<Record<string, string>> = {
  "application-auto-scaling": "autoscaling",
  "cloudwatch-logs": "logs",
  "s3-control": "s3control",
  sesv2: "ses",
  "service-quotas": "servicequotas",
};
/** Every operation that the product's code names, as `[service, operation]`. */
function operationsInCode(): [string, string][] {
  const found = filesIn("src", ".ts").flatMap(({ text }) =>
    [...text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(
      ([, names = "", client = ""]) =>
        [...names.matchAll(/\b(?:paginate([A-Z]\w+)|(?<!type )\b([A-Z]\w+)Command)\b/g)].map(
          ([, paged, command]): [string, string] => [SERVICES[client] ?? client, paged ?? command ?? ""],
        ),
    ),
  );
  return [...new Map(found.map((operation) => [operation.join(":"), operation])).values()];
}

function allowed({ statements }: TemplateRole): string[] {
  return statements.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action = [] }) => [Action].flat());
}

describe("the roles of infra/ hold exactly what the code calls", () => {
  const operations = operationsInCode();
  const needed = new Set(operations.flatMap(([service, operation]) => actionsOf(service, operation)));
  let both: string[];
  let shipped: DevStacks;
  beforeAll(async () => {
    shipped = await stacks();
    both = [...allowed(shipped.role("evidence")), ...allowed(shipped.role("containment"))];
  });

  test("the code's operations are found", () => {
    expect(operations.length).toBeGreaterThan(50);
    expect(operations).toContainEqual(["iam", "PutRolePolicy"]);
    expect(operations).toContainEqual(["s3", "ListObjectsV2"]);
  });

  test("everything that the code calls is allowed to one of them", () => {
    expect([...needed].filter((action) => !both.includes(action))).toEqual([]);
  });

  test("nothing is allowed that the code does not call", () => {
    const extra = both.filter((action) => !needed.has(action));
    expect(extra).toEqual([]);
  });

  test("no action is allowed by a wildcard", () => {
    expect(
      [...both, ...allowed(shipped.role("batch-copy"))].filter((action) => action.includes("*")),
    ).toEqual([]);
  });
});
