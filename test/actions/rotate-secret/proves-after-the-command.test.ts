import { describe, expect, test } from "@jest/globals";
import { rotateSecretBy } from "../../../src/actions/rotate-secret/run.ts";
import type { StartProcess } from "../../../src/containment/process.ts";
import type { Runbook } from "../../../src/runbook/schema.ts";
import { credential, EntraWorld, entraRunbook, OTHER_KEY, rotateInputs } from "../../support/entra-world.ts";
import { failure } from "../../support/gate-expect.ts";
import { NEW_SECRET, runbook } from "../../support/gate-world.ts";

/** A command rotates, and the runbook names the tenant. */
const withTenant: Runbook = { ...runbook, ...(entraRunbook.entra ? { entra: entraRunbook.entra } : {}) };
const disabled = { disabledBy: "Olga Oncall", disabledAt: new Date("2026-11-21T02:50:00Z") };
const made = credential({ keyId: OTHER_KEY, hint: "new", secret: NEW_SECRET });

function command(world: EntraWorld): StartProcess {
  return async () => {
    world.calls.push("spawn");
    world.ssm.write(NEW_SECRET);
    return { exitCode: 0, signal: null, timedOut: false };
  };
}

async function rotated(world: EntraWorld): Promise<void> {
  await world.ready();
  await rotateSecretBy(command(world))({ ...rotateInputs, ...disabled }, world.deps());
}

async function details(world: EntraWorld) {
  return (await world.open()).latest("contained")?.data.details;
}

describe("the negative proof after a rotation command", () => {
  test("is made where the runbook names the tenant", async () => {
    const world = new EntraWorld({ runbook: withTenant, credentials: [made] });
    await rotated(world);
    expect(world.changes()).toEqual(["spawn", "UpdateService"]);
    expect((await details(world))?.secrets).toMatchObject({
      oldSecret: { refusedWith: "AADSTS7000215" },
      newSecret: { acceptedAt: expect.any(String) },
    });
    expect(world.github.comments.join()).toContain("refused by Microsoft Entra ID with AADSTS7000215");
  });

  test("an old secret that nobody has disabled after all: not contained", async () => {
    const world = new EntraWorld({ runbook: withTenant, credentials: [credential(), made] });
    const error = await failure(rotated(world));
    expect(error.reason).toBe("old-secret-still-works");
    expect((await world.open()).all("contained")).toEqual([]);
    expect((await world.open()).latest("not-contained")?.data.reason).toBe("old-secret-still-works");
  });

  test("and contained by the same run, once somebody has", async () => {
    const world = new EntraWorld({ runbook: withTenant, credentials: [credential(), made] });
    await failure(rotated(world));
    world.tenant.handle(
      "applications/removePassword",
      new URL("https://graph.example/v1.0/applications/cccccccc-1111-4222-8333-dddddddddddd/removePassword"),
      JSON.stringify({ keyId: credential().keyId }),
      { clientId: "a person", grants: ["Application.ReadWrite.All"] },
    );
    await rotateSecretBy(command(world))({ ...rotateInputs, ...disabled }, world.deps({ runAttempt: 2 }));
    expect(world.changes()).toEqual(["spawn", "UpdateService"]);
    expect(await details(world)).toMatchObject({ newVersion: 3 });
  });

  test.each([
    ["the runbook names no tenant", runbook, undefined],
    ["the endpoint says something else", withTenant, "AADSTS90033"],
  ] as const)("is said not to be made, and why: %s", async (_what, book, code) => {
    const world = new EntraWorld({ runbook: book, credentials: [made] });
    if (code) world.verdict = async () => ({ accepted: false, code, message: `${code}: a temporary error` });
    await rotated(world);
    const why = expect.stringContaining(code ?? "the runbook names no tenant");
    expect((await details(world))?.secrets).toEqual({
      oldSecret: { notMade: why },
      newSecret: { notMade: why },
    });
    expect(world.github.comments.join()).toContain("not shown to be dead: ");
    // Then the residual exposure goes by what was said.
    expect(await details(world)).toMatchObject({ tokensLiveUntil: "2026-11-21T04:20:00.000Z" });
  });
});
