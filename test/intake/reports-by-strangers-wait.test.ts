import { expect, test } from "@jest/globals";
import { IntakeWorld } from "../support/intake-world.ts";

interface Options {
  by?: string;
  association?: string;
  labels?: string[];
  body?: string;
  title?: string;
  labelled?: { label: string; by: string };
}

const BODY = [
  "### Environment",
  "",
  "prod",
  "",
  "### mcp",
  "",
  "sharepoint",
  "",
  "### Who it is about",
  "",
  "anna.friis@example.com",
  "",
  "### What you saw",
  "",
  "It showed me salaries.",
].join("\n");

function opened(options: Options = {}): object {
  const { by = "freja", association = "NONE", labels = ["security-report"], labelled } = options;
  return {
    action: labelled ? "labeled" : "opened",
    ...(labelled ? { label: { name: labelled.label } } : {}),
    sender: { login: labelled?.by ?? by },
    issue: {
      number: 57,
      title: options.title ?? "Salaries",
      body: options.body ?? BODY,
      html_url: "https://github.example/acme/platform/issues/57",
      created_at: "2026-11-21T02:40:00Z",
      author_association: association,
      user: { login: by },
      labels: labels.map((name) => ({ name })),
    },
  };
}

const DISPATCHED = {
  severity: "High",
  type: "data-exfiltration",
  environment: "prod",
  mcp: "sharepoint",
  summary: "A user: May report unexpected data access or behaviour from an AI assistant using an MCP tool",
  detected_at: "2026-11-21T02:40:00.000Z",
  signal: "external/user-report/00000001",
};

test.each([
  ["a member", "MEMBER", undefined],
  ["the owner", "OWNER", undefined],
  ["who may triage", "COLLABORATOR", "triage"],
  ["who may write", "COLLABORATOR", "write"],
  ["an administrator", "NONE", "admin"],
])("a report by %s declares by itself, and says so", async (_who, association, role) => {
  const world = new IntakeWorld();
  if (role) world.roles.set("freja", role);
  await world.receive("report", opened({ association }));
  expect(world.dispatched).toEqual([DISPATCHED]);
  expect(world.comments.get(57)).toHaveLength(1);
  const number = (await world.declare(DISPATCHED)) ?? 0;
  expect(world.comments.get(57)?.at(-1)).toContain(`This belongs to #${number}`);
  expect((await world.ledger(number))[1]).toMatchObject({
    kind: "indicator-received",
    data: {
      indicator: "external/user-report",
      reportedBy: "freja",
      reference: "https://github.example/acme/platform/issues/57",
    },
  });
});

test.each([
  ["nobody here", "NONE", undefined],
  ["a contributor", "CONTRIBUTOR", undefined],
  ["a collaborator who only reads", "COLLABORATOR", "read"],
])("a report by %s waits, with a label and one answer", async (_who, association, role) => {
  const world = new IntakeWorld();
  if (role) world.roles.set("freja", role);
  for (let round = 0; round < 2; round += 1)
    expect(await world.receive("report", opened({ association }))).toEqual({
      declares: "false",
      outcome: "waits",
    });
  expect(world.dispatched).toEqual([]);
  expect(world.s3.calls).toEqual([]);
  expect(world.labels.get(57)).toEqual(["awaits-acceptance"]);
  expect(world.comments.get(57)).toHaveLength(1);
});

test("accepted by somebody who may triage, it declares", async () => {
  const world = new IntakeWorld();
  world.roles.set("jonas", "triage");
  await world.receive("report", opened());
  const labels = ["security-report", "awaits-acceptance"];
  const accepted = opened({ labels, labelled: { label: "declare-incident", by: "jonas" } });
  await world.receive("report", accepted);
  expect(world.dispatched).toEqual([DISPATCHED]);
  expect(world.labels.get(57)).toEqual([]);
});

test("the team is told once of each report that waits, and shown nothing of what a stranger wrote", async () => {
  const world = new IntakeWorld();
  const report = (number: number) => ({
    number,
    labels: ["awaits-acceptance"],
    created_at: "2026-11-21T02:40:00Z",
    title: "@everyone",
    html_url: `https://github.example/acme/platform/issues/${number}`,
  });
  world.issues = [report(57)];
  world.refuseTopic = new Error("killed");
  await expect(world.receive("schedule", {})).rejects.toThrow(/Reports that wait: .*Nobody could be told/);
  world.refuseTopic = undefined;
  for (let round = 0; round < 2; round += 1) await world.receive("schedule", {});
  world.issues = [report(57), report(58)];
  for (let round = 0; round < 2; round += 1) await world.receive("schedule", {});
  expect(world.told).toHaveLength(2);
  expect(world.told[0]).toContain("https://github.example/acme/platform/issues/57");
  expect(world.told[1]).not.toContain("issues/57");
  expect(world.told.join()).not.toContain("everyone");
});

test("a label by somebody without a role, or another label, declares nothing", async () => {
  const world = new IntakeWorld();
  world.roles.set("jonas", "admin");
  await world.receive("report", opened({ labelled: { label: "declare-incident", by: "mallory" } }));
  await world.receive("report", opened({ association: "OWNER", labelled: { label: "bug", by: "jonas" } }));
  expect(world.dispatched).toEqual([]);
});

test("an issue without a form's label is none of intake's", async () => {
  const world = new IntakeWorld();
  expect(await world.receive("report", opened({ association: "OWNER", labels: ["bug"] }))).toEqual({
    declares: "false",
    outcome: "nothing",
  });
});

test("a report that cannot be read is answered once, and its text is not obeyed", async () => {
  const world = new IntakeWorld();
  const body = BODY.replace("sharepoint", "<b>@everyone</b> `x`");
  for (let round = 0; round < 2; round += 1)
    await expect(world.receive("report", opened({ association: "MEMBER", body }))).rejects.toThrow(
      /Input 'mcp' is not an mcp/,
    );
  expect(world.comments.get(57)).toHaveLength(1);
  expect(world.comments.get(57)?.[0]?.replace(/(`+) .*? \1/g, "")).not.toContain("everyone");
  expect(world.dispatched).toEqual([]);
});

test.each([
  ["opened", {}],
  ["labelled by a stranger", { labelled: { label: "declare-incident", by: "mallory" } }],
])("one of a stranger, %s, is answered, and fails no job that would be run again", async (_how, changes) => {
  const world = new IntakeWorld();
  const event = opened({ body: BODY.replace("sharepoint", "nowhere"), ...changes });
  const nothing = { declares: "false", outcome: "nothing" };
  expect(await world.receive("report", event, { dryRun: true })).toEqual(nothing);
  for (let round = 0; round < 2; round += 1) expect(await world.receive("report", event)).toEqual(nothing);
  expect(world.comments.get(57)).toHaveLength(1);
  expect(world.dispatched).toEqual([]);
});

test("what is written in a text takes the place of no choice", async () => {
  const world = new IntakeWorld();
  const body = `${BODY}\n\n### Environment\n\ndev\n\n### mcp\n\nservicenow`;
  await world.receive("report", opened({ association: "MEMBER", body }));
  expect(world.dispatched[0]).toMatchObject({ environment: "prod", mcp: "sharepoint" });
});

test.each([
  ["a sign-in name", "anna.friis@example.com", "anna.friis@example.com"],
  ["a sentence", "I think it was Anna", null],
  ["no response", "_No response_", null],
  ["a script", "<script>@everyone</script>", null],
])("of %s the principal is taken only if it reads like one", async (_what, given, taken) => {
  const world = new IntakeWorld();
  const body = BODY.replace("anna.friis@example.com", given);
  await world.receive("report", opened({ association: "MEMBER", body }));
  const signal = JSON.parse(
    world.s3.objects.get("intake/prod/sharepoint/external/user-report/00000001/signal.json")?.toString() ??
      "",
  ) as { principal: string | null };
  expect(signal.principal).toBe(taken);
});

test("hostile titles and bodies reach no dispatch and no summary but as code", async () => {
  const world = new IntakeWorld();
  const hostile = "<img src=x> @acme/security $(rm -rf /) `code` ::add-mask::x \u202e";
  await world.receive(
    "report",
    opened({ association: "MEMBER", title: hostile, body: `${BODY}\n${hostile}` }),
  );
  expect(world.dispatched).toEqual([DISPATCHED]);
  for (const summary of world.summaries) expect(summary.replace(/(`+) .*? \1/g, "")).not.toContain("<img");
});
