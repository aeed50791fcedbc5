import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { SeverityId } from "../../src/runbook/schema.ts";
import { FEW } from "../support/chosen-calls.ts";
import { faultOf } from "../support/every-call.ts";
import { figures } from "../support/figures.ts";
import { table } from "../support/plays/table.ts";
import { ToldWorld, WAYS } from "../support/told-world.ts";

const MANAGER = "it-infrastructure-manager";
const TEAM = "AI connectors team";
const GSO = "global-security-operations";
const DPO = "data-protection-officer";

/** The organisation's own table: always the manager and the team; GSO from Medium; the DPO where personal data is involved. */
const wanted = (severity: SeverityId, personalData: boolean) => [
  MANAGER,
  TEAM,
  ...(severity === "low" ? [] : [GSO]),
  ...(personalData ? [DPO] : []),
];

const SEVERITIES: SeverityId[] = ["low", "medium", "high", "critical"];
const TYPES = [
  "client-secret-compromised",
  "user-account-compromised",
  "iam-role-unauthorized-use",
  "data-exfiltration",
  "audit-log-tampering",
  "service-outage",
];
/** Each severity with and without personal data, and with each type; of a few, with the types in turn. */
const CASES = SEVERITIES.flatMap((severity, row) =>
  [false, true].flatMap((personalData, column) => {
    const turn = (row * 2 + column) % TYPES.length;
    const types = FEW ? TYPES.slice(turn, turn + 1) : TYPES;
    return types.map((type) => ({ severity, personalData, type }));
  }),
);

let world: ToldWorld;
beforeAll(async () => {
  world = await ToldWorld.start();
}, 120_000);
afterAll(() => world.close());

const rows: string[][] = [];
afterAll(() => {
  const head = [
    "severity",
    "type",
    "personal data",
    "told, in order",
    "by",
    "after escalate began, in seconds of the simulation (20 a real one)",
  ];
  process.stdout.write(table(head, rows));
  figures(
    "obligations",
    rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index]]))),
  );
});

interface Entry {
  kind: string;
  at: string;
  data: { recipient?: string; channel?: string; messageId?: string | null; sentAt?: string };
}

const entriesOf = async (incident: string) => (await world.play.ledger(incident)) as unknown as Entry[];

test.each(CASES)(
  "$severity, $type, personal data $personalData: as the runbook has it",
  async ({ severity, personalData, type }) => {
    const { incident, run } = await world.declare({ severity, personalData, type, principal: "a@b.example" });
    const { code, outputs, output } = await world.play.bundle("escalate", { incident }, world.job(run));
    expect([code, output.includes("::error::")]).toEqual([0, false]);
    const expected = wanted(severity, personalData);
    expect(JSON.parse(outputs.told ?? "")).toEqual(expected);

    const entries = await entriesOf(incident);
    const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
    expect(of("notice-intended").map(({ data }) => data.recipient)).toEqual(expected);
    const sent = expected.map((id) => of("notice-sent").filter(({ data }) => data.recipient === id));
    expect(sent.map(({ length }) => length)).toEqual(expected.map(() => 1));
    expect(sent.map(([one]) => one?.data.channel)).toEqual(expected.map((id) => WAYS[id]?.[0]));

    const arrived = world.arrived(incident);
    expect(arrived.map(({ recipient, channel }) => `${recipient} ${channel}`).sort()).toEqual(
      expected.map((id) => `${id} ${WAYS[id]?.[0]}`).sort(),
    );
    for (const { text } of arrived) expect(text).toContain(`INC-${incident}`);

    const began = Date.parse(of("escalation-due")[0]?.at ?? "");
    const seconds = sent.map(([one]) => ((Date.parse(one?.data.sentAt ?? "") - began) / 1000).toFixed(0));
    rows.push([
      severity,
      type,
      personalData ? "yes" : "no",
      expected.join(" > "),
      expected.map((id) => WAYS[id]?.[0]).join(" > "),
      seconds.join(" > "),
    ]);
  },
  120_000,
);

test("run again it tells nobody again, and raised to Critical it tells everybody once more", async () => {
  const { incident, run } = await world.declare({ severity: "medium" });
  const escalate = () => world.play.bundle("escalate", { incident }, world.job(run));
  await escalate();
  await escalate();
  expect(world.arrived(incident)).toHaveLength(3);

  const deps = world.play.deps(world.job(run, "set-severity"));
  const { environment } = world.play.target;
  const runbook = world.play.workspace.runbook();
  const record = await IncidentRecord.open(deps, runbook, environment, Number(incident));
  const by = { login: run.actor, name: "Freja Lund" };
  const raised = { from: "medium", to: "critical", reason: "Data goes out.", by } as const;
  await record.append("severity-changed", raised, "severity-changed/critical/1");
  await escalate();
  await escalate();
  const later = world.arrived(incident).filter(({ text }) => text.includes("raised from Medium to Critical"));
  expect(later.map(({ recipient }) => recipient).sort()).toEqual([MANAGER, TEAM, GSO].sort());
  expect(world.arrived(incident)).toHaveLength(6);
});

describe("when a channel fails", () => {
  const withFault = async (service: string, kind: "deny" | "drop" | "server-error", more = {}) => {
    const { incident, run } = await world.declare({ severity: "high" });
    world.play.gate.begin((call) =>
      call.service === service && call.operation !== "unknown" ? faultOf(kind, more) : null,
    );
    const result = await world.play.bundle("escalate", { incident }, world.job(run));
    world.play.gate.end();
    return { incident, run, ...result };
  };

  test("and says so, the next one takes it", async () => {
    const { incident, code } = await withFault("sns", "deny");
    expect(code).toBe(0);
    const team = world.arrived(incident).filter(({ recipient }) => recipient === TEAM);
    expect(team.map(({ channel }) => channel)).toEqual(["teams"]);
    expect(team[0]?.text).not.toContain("may have had this message already");
  }, 60_000);

  test("and its answer is lost, it is not asked again, and the next one says that it may be the second", async () => {
    const { incident, code } = await withFault("webhook", "drop", { lostAnswer: true });
    expect(code).toBe(0);
    const gso = world.arrived(incident).filter(({ recipient }) => recipient === GSO);
    expect(gso.map(({ channel }) => channel)).toEqual(["slack", "ses"]);
    expect(gso[0]?.text).not.toContain("may have had this message already");
    expect(gso[1]?.text).toContain("may have had this message already");
  }, 60_000);

  test("and the next one as well, the job fails by name and the issue says whom to telephone", async () => {
    const { incident, run } = await world.declare({ severity: "low" });
    world.play.gate.begin(({ service, operation }) =>
      service === "ses" || operation === "issues/create-comment" ? faultOf("deny") : null,
    );
    const { code, output, outputs } = await world.play.bundle("escalate", { incident }, world.job(run));
    world.play.gate.end();
    expect(code).toBe(1);
    expect(output).toContain("::error::No message about INC-");
    expect(output).toContain("IT Infrastructure Manager (+45 12 34 56 78)");
    expect([outputs.told, outputs.undelivered]).toEqual([JSON.stringify([TEAM]), JSON.stringify([MANAGER])]);
    const issues = world.play.platform.github.state.toIssuesJson() as unknown as {
      number: number;
      body: string;
    }[];
    const body = issues.find(({ number }) => String(number) === incident)?.body;
    expect(body).toContain("**Telephone IT Infrastructure Manager now** (` +45 12 34 56 78 `)");
  }, 60_000);
});

test("whoever acknowledges is in the ledger once, and at the top of the issue", async () => {
  const { incident, run } = await world.declare({ severity: "critical" });
  const acknowledge = () =>
    world.play.bundle("acknowledge", { incident, note: "On it." }, world.job(run, "acknowledge"));
  const first = await acknowledge();
  expect([first.code, (await acknowledge()).code]).toEqual([0, 0]);
  expect(first.outputs["taken-by"]).toBe(run.actor);
  const entries = await entriesOf(incident);
  expect(entries.filter(({ kind }) => kind === "acknowledged")).toHaveLength(1);
  const body = JSON.stringify(world.play.platform.github.state.toIssuesJson());
  expect(body).toContain(`**Taken by** \` ${run.actor} \` (`);
}, 60_000);

test("no webhook's URL is in any job's log, summary, ledger or issue", async () => {
  const { incident, run } = await world.declare({ severity: "high" });
  const { output, summary, outputs } = await world.play.bundle("escalate", { incident }, world.job(run));
  const everything = [
    output.replace(/^::add-mask::.*$/gm, ""),
    summary,
    JSON.stringify(outputs),
    JSON.stringify(await world.play.ledger(incident)),
    JSON.stringify(world.play.platform.github.state.toIssuesJson()),
  ].join("\n");
  expect(everything).not.toMatch(/127\.0\.0\.1:\d+\/(services|workflows)\//);
  expect(output).toMatch(/^::add-mask::http/m);
}, 60_000);
