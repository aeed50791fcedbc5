import { describe, expect, test } from "@jest/globals";
import { rotateSecretBy } from "../../../src/actions/rotate-secret/run.ts";
import type { SecretVerdict } from "../../../src/ports.ts";
import { credential, EntraWorld, OLD_KEY, OTHER_KEY, rotateInputs } from "../../support/entra-world.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { OLD_SECRET } from "../../support/gate-world.ts";

const CHANGES = ["removePassword", "addPassword", "PutParameter", "UpdateService"];

function accept(): Promise<SecretVerdict> {
  return Promise.resolve({ accepted: true });
}

describe("rotate-secret by strategy entra", () => {
  test("removes the old secret first, makes a new one, writes it as it was kept, and replaces every task", async () => {
    const world = await new EntraWorld().ready();
    const outputs = await world.rotate();

    expect(outputs).toEqual({ "previous-version": "2", "new-version": "3", "deployment-id": "ecs-svc/2001" });
    expect(world.changes()).toEqual(CHANGES);
    expect(world.credentials().map(({ keyId }) => keyId)).not.toContain(OLD_KEY);
    const made = world.credentials().find(({ displayName }) => displayName === "firebreak INC-42 run 7001");
    expect(world.credentials().map(({ keyId }) => keyId)).toEqual([OTHER_KEY, made?.keyId]);
    expect(world.tenant.secrets()).toContain(world.ssm.version(3).value);
    const lifetime = Date.parse(made?.endDateTime ?? "") - world.ssm.version(3).at.getTime();
    expect(Math.round(lifetime / 86_400_000)).toBe(180);
    expect(world.ssm.puts).toEqual([
      expect.objectContaining({
        Type: "SecureString",
        Overwrite: true,
        KeyId: "alias/connectors",
        Tier: "Advanced",
      }),
    ]);
  });

  test("the plan names the credential for the reviewer, asks nobody to disable it, and says why there is no way back", async () => {
    const world = new EntraWorld();
    await world.declare();
    const plan = (await world.open()).latest("planned")?.data.plan;
    expect(plan?.steps.map(({ id }) => id)).toEqual(["remove-credential", "create-credential", "redeploy"]);
    expect(plan?.manual).toEqual([]);
    expect(plan?.steps[0]?.from).toMatchObject({
      keyId: OLD_KEY,
      displayName: "terraform",
      hint: "old",
      start: "2026-10-01T08:59:00.000Z",
      end: expect.stringContaining("2027-11-05"),
      chosenByHand: false,
    });
    expect(plan?.steps[0]?.undo).toContain("nobody, not even Entra, can give its text again");
    expect(plan?.steps[1]?.to).toMatchObject({
      displayName: "firebreak INC-42 run 7001",
      lifetime: "180 days",
    });
    expect(world.changes()).toEqual([]);
  });

  test("an answer of SSM that repeats the new secret goes no further", async () => {
    const world = await new EntraWorld().ready();
    world.before = (operation, { Value }) => {
      if (operation !== "PutParameter") return;
      const message = `1 validation error detected: Value '${Value}' at 'value' failed to satisfy constraint`;
      throw Object.assign(new Error(message), { name: "ValidationException" });
    };
    const error = await failure(world.rotate());
    expect(error.reason).toBe("parameter-not-written");
    expect(error.message).toContain("ValidationException: 1 validation error detected: Value '***'");
    expect(String(error.cause)).not.toContain("8Q~");
    for (const secret of world.tenant.secrets()) expect(world.said()).not.toContain(secret);
  });

  test("the ledger holds the negative proof, and until when old tokens may live", async () => {
    const world = await new EntraWorld().ready();
    await world.rotate();
    const record = await world.open();
    const proofs = record.all("change-verified").map(({ data }) => data);
    expect(proofs.map(({ step }) => step)).toEqual(["remove-credential", "create-credential", "redeploy"]);
    expect(proofs[0]?.proof).toMatchObject({ keyId: OLD_KEY, refusedWith: "AADSTS7000215" });
    expect(proofs[1]?.proof).toMatchObject({ newVersion: 3, acceptedAt: expect.any(String) });
    const details = record.latest("contained")?.data.details;
    expect(details?.secrets).toMatchObject({
      oldSecret: { refusedWith: "AADSTS7000215" },
      newSecret: { acceptedAt: expect.any(String) },
    });
    const since = Date.parse(String(proofs[0]?.proof.refusedSince));
    const until = new Date(since + 90 * 60_000).toISOString();
    expect(record.latest("follow-up-due")?.data).toMatchObject({
      step: "old-tokens-servicenow-7001",
      at: until,
    });
    const clock = `${until.slice(0, 16).replace("T", " ")} UTC`;
    expect(world.github.comments.join()).toContain(`live until ${clock} at the latest`);
    expect(world.github.body).toContain(`- Until **${clock}**: Tokens that were issued to servicenow`);
    expect(world.github.body).toContain("-f step=old-tokens-servicenow-7001");
  });

  test("neither secret nor token is printed, recorded, commented or shown; both are masked", async () => {
    const world = await new EntraWorld().ready();
    await world.rotate();
    const fresh = world.ssm.version(3).value;
    expect(world.masked).toEqual(expect.arrayContaining([OLD_SECRET, fresh]));
    const said = world.said();
    for (const secret of [...world.tenant.secrets(), ...world.tokens]) expect(said).not.toContain(secret);
    expect(said).toContain(OLD_KEY);
  });

  test("a dry run asks and changes nothing", async () => {
    const world = await new EntraWorld().ready();
    const before = (await world.open()).entries.length;
    const dry = rotateSecretBy(() => Promise.reject(new Error("no process is started")));
    await dry({ ...rotateInputs, dryRun: true }, world.deps());
    expect([world.changes(), (await world.open()).entries.length]).toEqual([[], before]);
  });
});

describe("the negative proof", () => {
  test("an old secret that is still accepted: not contained, and nothing further is changed", async () => {
    const world = await new EntraWorld({ propagationMs: 86_400_000 }).ready();
    const error = await failure(world.rotate());
    expect(error.reason).toBe("old-secret-still-works");
    expect(error.message).toContain("Not reached: create-credential");
    expect(world.changes()).toEqual(["removePassword"]);
    const record = await world.open();
    expect(record.all("contained")).toEqual([]);
    expect(record.latest("not-contained")?.data.reason).toBe("old-secret-still-works");
    expect(world.github.body).toContain("**Stopped:**");
  });

  test("goes on from there once it is refused, and removes nothing twice", async () => {
    const world = await new EntraWorld({ propagationMs: 15 * 60_000 }).ready();
    expect((await failure(world.rotate())).reason).toBe("old-secret-still-works");
    await world.clock.sleep(10 * 60_000);
    const error = await failure(world.rotate({ runAttempt: 2 }));
    // The new secret is not known for a quarter of an hour either.
    expect(error.reason).toBe("new-secret-refused");
    expect(world.ecs.deployments.map(({ id }) => id)).toEqual(["ecs-svc/1000"]);
    await world.clock.sleep(10 * 60_000);
    await world.rotate({ runAttempt: 3 });
    expect(world.changes()).toEqual(CHANGES);
  });

  test.each([
    ["another refusal", { accepted: false, code: "AADSTS53003", message: "blocked by Conditional Access" }],
    ["no answer", { accepted: false, code: "", message: "ECONNRESET" }],
  ] as const)("%s is no proof: secret-not-proved", async (_what, verdict) => {
    const world = await new EntraWorld().ready();
    world.verdict = () => Promise.resolve(verdict);
    const error = await failure(world.rotate());
    expect([error.reason, error.message]).toEqual([
      "secret-not-proved",
      expect.stringContaining(verdict.message),
    ]);
    expect(world.changes()).toEqual(["removePassword"]);
  });

  test("a secret that has expired is dead, too", async () => {
    const world = await new EntraWorld().ready();
    world.verdict = (secret) =>
      secret === OLD_SECRET
        ? Promise.resolve({ accepted: false, code: "AADSTS7000222", message: "expired" })
        : undefined;
    await world.rotate();
    expect((await world.open()).latest("contained")?.data.details.secrets).toMatchObject({
      oldSecret: { refusedWith: "AADSTS7000222" },
    });
  });

  test("one server's refusal is not enough: it has to hold", async () => {
    const world = await new EntraWorld().ready();
    let asked = 0;
    world.verdict = (secret) => {
      if (secret !== OLD_SECRET) return undefined;
      asked += 1;
      return asked % 2 === 0 ? accept() : undefined;
    };
    expect((await failure(world.rotate())).reason).toBe("old-secret-still-works");
  });
});

describe("what stops it before anything is changed", () => {
  test("an application that is not owned: the secret stays, and the remedy says what is missing", async () => {
    const world = await new EntraWorld({ owned: false }).ready();
    const error = await failure(world.rotate());
    expect([error.reason, error.remedy]).toEqual([
      "credential-not-removed",
      expect.stringContaining("Application.ReadWrite.OwnedBy"),
    ]);
    expect(world.credentials()).toHaveLength(2);
    expect(world.changes()).toEqual(["removePassword"]);
  });

  test("a credential that somebody removed after the approval: plan-drifted", async () => {
    const world = await new EntraWorld().ready();
    world.tenant.handle(
      "applications/removePassword",
      new URL("https://graph.example/v1.0/applications/cccccccc-1111-4222-8333-dddddddddddd/removePassword"),
      JSON.stringify({ keyId: OLD_KEY }),
      { clientId: "anybody", grants: ["Application.ReadWrite.All"] },
    );
    await world.clock.sleep(60_000);
    const [refusal] = await refusals(world, world.rotate());
    expect(refusal?.reason).toBe("plan-drifted");
    expect(refusal?.message).toContain("from.keyId");
  });

  test("no approval, a parameter written since, a task that nobody captured: no changing call", async () => {
    const unapproved = await new EntraWorld().ready();
    unapproved.github.reviews = [];
    expect((await refusals(unapproved, unapproved.rotate())).map(({ reason }) => reason)).toContain(
      "not-approved",
    );
    const written = await new EntraWorld().ready();
    written.ssm.write("old8Q~somebody-else-wrote-this");
    expect((await refusals(written, written.rotate())).map(({ reason }) => reason)).toContain(
      "parameter-changed-since-documented",
    );
    const uncovered = await new EntraWorld().ready();
    uncovered.ecs.startTask("ecs-svc/1000");
    expect((await refusals(uncovered, uncovered.rotate())).map(({ reason }) => reason)).toEqual([
      "capture-does-not-cover-new-task",
    ]);
  });

  test("a parameter that anybody may read in the clear: parameter-not-secure", async () => {
    const world = new EntraWorld({ credentials: [credential()] });
    world.ssm.settings = { Type: "String" };
    await world.declare();
    expect((await world.open()).latest("plan-failed")?.data.reason).toBe("parameter-not-secure");
  });
});
