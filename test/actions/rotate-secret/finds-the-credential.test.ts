import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs } from "../../../src/actions/record-plan/inputs.ts";
import { chooseCredential, hintOf } from "../../../src/containment/credential-choice.ts";
import type { Credential } from "../../../src/containment/entra-application.ts";
import { credential, EntraWorld, OLD_KEY, OTHER_KEY } from "../../support/entra-world.ts";
import { refusals } from "../../support/gate-expect.ts";
import { OLD_SECRET } from "../../support/gate-world.ts";

const TWIN_KEY = "00000000-aaaa-4bbb-8ccc-000000000003";
const twin = credential({ keyId: TWIN_KEY, displayName: "twin", secret: "old8Q~another-secret" });

async function planFailure(world: EntraWorld, credentialKeyId?: string) {
  await world.declare({ credentialKeyId });
  expect(world.changes()).toEqual([]);
  const { data } = (await world.open()).latest("plan-failed") ?? {};
  expect((await refusals(world, world.rotate())).map(({ reason }) => reason)).toContain("no-plan");
  return data;
}

async function planned(world: EntraWorld) {
  return (await world.open()).latest("planned")?.data.plan.steps[0];
}

describe("the compromised credential", () => {
  test("two that begin alike: refused with both, their names and dates, and how to choose", async () => {
    const data = await planFailure(new EntraWorld({ credentials: [credential(), twin] }));
    expect(data?.reason).toBe("credential-ambiguous");
    expect(data?.message.split("\n").slice(1)).toEqual([
      `- ${OLD_KEY} "terraform", from 2026-10-01T08:59:00.000Z to 2027-11-05T09:00:00.000Z`,
      expect.stringContaining(`- ${TWIN_KEY} "twin"`),
    ]);
    expect(data?.remedy).toContain("gh workflow run contain.yml -f incident=42");
    expect(data?.remedy).toContain("-f credential_key_id=");
    expect(JSON.stringify(data)).not.toContain("old8Q~");
  });

  test("of two that begin alike the chosen one is removed, and the choice stands in the plan", async () => {
    const world = new EntraWorld({ credentials: [credential(), twin] });
    await world.declare({ credentialKeyId: OLD_KEY });
    expect((await planned(world))?.from).toMatchObject({ keyId: OLD_KEY, chosenByHand: true });
    await world.preservedAndApproved();
    await world.rotate();
    expect(world.credentials().map(({ keyId }) => keyId)).toContain(TWIN_KEY);
    expect(world.credentials().map(({ keyId }) => keyId)).not.toContain(OLD_KEY);
  });

  test("one that was made after the secret was written is another", async () => {
    const world = new EntraWorld({
      credentials: [credential(), { ...twin, start: Date.parse("2026-11-01T00:00:00Z") }],
    });
    await world.declare();
    expect((await planned(world))?.from.keyId).toBe(OLD_KEY);
  });

  test("none that fits while the secret is accepted: refused with the list", async () => {
    const world = new EntraWorld({ credentials: [credential({ hint: null })] });
    const data = await planFailure(world);
    expect([data?.reason, data?.message]).toEqual([
      "credential-not-found",
      expect.stringContaining("the token endpoint still accepts it"),
    ]);
    expect(data?.message).toContain(`- ${OLD_KEY} "terraform"`);
  });

  test("one without a hint may be chosen", async () => {
    const world = new EntraWorld({ credentials: [credential({ hint: null })] });
    await world.declare({ credentialKeyId: OLD_KEY });
    expect((await planned(world))?.from).toMatchObject({ keyId: OLD_KEY, chosenByHand: true });
  });

  test("one that begins otherwise may not be chosen: credential-mismatch", async () => {
    const data = await planFailure(new EntraWorld(), OTHER_KEY);
    expect([data?.reason, data?.message]).toEqual([
      "credential-mismatch",
      expect.stringContaining("would leave the compromised one alive"),
    ]);
  });

  test("a key id that the application does not have: credential-not-found", async () => {
    const data = await planFailure(new EntraWorld(), TWIN_KEY);
    expect(data?.reason).toBe("credential-not-found");
  });

  test("one that was removed by hand is planned all the same, for the proof", async () => {
    const world = new EntraWorld({ credentials: [] });
    await world.declare();
    const step = await planned(world);
    expect(step?.from.keyId).toBeNull();
    expect(step?.text).toContain("no longer among those");
    await world.preservedAndApproved();
    await world.rotate();
    expect(world.changes()).toEqual(["addPassword", "PutParameter", "UpdateService"]);
    expect((await world.open()).all("change-verified")[0]?.data.proof).toMatchObject({
      keyId: null,
      refusedWith: "AADSTS7000215",
    });
  });

  test("what stays stands in the plan and in the outcome: the leaked secret may be among it", async () => {
    const world = await new EntraWorld().ready();
    const step = await planned(world);
    expect(step?.to).toEqual({
      credential: "removed, and refused by the token endpoint",
      [`stays: ${OTHER_KEY}`]: expect.stringMatching(/^"load tests", from 2026-10-01T08:59/),
    });
    await world.rotate();
    expect(world.summaries.join()).toMatch(new RegExp(`Other client secrets, which stay [|] .*${OTHER_KEY}`));
  });

  test("one that somebody adds after the plan stops it before any change", async () => {
    const credentials = [credential()];
    const world = await new EntraWorld({ credentials }).ready();
    world.addByHand("persistence");
    expect((await refusals(world, world.rotate())).map(({ reason }) => reason)).toEqual(["plan-drifted"]);
    expect(world.changes()).toEqual([]);
    expect(world.said()).toContain("persistence");
  });

  test("a display name cannot forge a line of the list", () => {
    const forged: Credential = {
      keyId: TWIN_KEY,
      displayName: "x\n- 00000000-0000-4000-8000-000000000000 \u202e",
      hint: "old",
      start: null,
      end: null,
    };
    const choose = () =>
      chooseCredential(
        { id: "", appId: "", credentials: [forged, { ...forged, keyId: OLD_KEY }] },
        { secret: OLD_SECRET, writtenAt: new Date(), chosen: undefined, chooseCommand: "" },
      );
    expect(choose).toThrow(/2 client secrets/);
    try {
      choose();
    } catch (error) {
      expect((error as Error).message.split("\n")).toHaveLength(3);
      expect((error as Error).message).toContain("\\n- 00000000");
    }
  });

  test("three characters are shown, as Entra does", () => {
    expect(hintOf(OLD_SECRET)).toBe("old");
  });
});

describe("the input credential-key-id", () => {
  const read = (value: string) =>
    readInputs(
      new InputReader({
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "t",
        INPUT_INCIDENT: "42",
        INPUT_CHANGE: "contain",
        "INPUT_CREDENTIAL-KEY-ID": value,
      }),
    ).credentialKeyId;

  test("is a GUID, or nothing", () => {
    expect(read("")).toBeUndefined();
    expect(read(OLD_KEY.toUpperCase())).toBe(OLD_KEY);
    for (const junk of ["all", "*", `${OLD_KEY} ${TWIN_KEY}`, `${OLD_KEY}'`, "00000000-aaaa-4bbb-8ccc"])
      expect(() => read(junk)).toThrow(/credential-key-id/);
  });
});
