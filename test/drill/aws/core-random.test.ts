import { describe, expect, test } from "@jest/globals";
import { CallLog } from "../../../drill/calls.ts";
import type { CallRecord, FaultRule } from "../../../drill/contracts.ts";
import { Faults } from "../../../drill/faults.ts";
import { OidcError, OidcIssuer } from "../../../drill/oidc.ts";
import { createRandom } from "../../../drill/random.ts";

describe("seeded randomness", () => {
  test("the same seed gives the same numbers, another seed others", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test("numbers are spread evenly and stay in bounds", () => {
    const random = createRandom(3);

    const drawn = Array.from({ length: 4000 }, () => random.next());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    for (const quarter of [0, 1, 2, 3]) {
      const inQuarter = drawn.filter((number) => Math.floor(number * 4) === quarter).length;
      expect(inQuarter).toBeGreaterThan(900);
      expect(inQuarter).toBeLessThan(1100);
    }
  });

  test("a fork depends on its label, not on how much was drawn before", () => {
    const random = createRandom(7);
    const before = random.fork("logs").next();
    random.next();
    expect(random.fork("logs").next()).toBe(before);
    expect(random.fork("ecs").next()).not.toBe(before);
  });

  test("hex and pick", () => {
    expect(createRandom(1).hex(32)).toMatch(/^[0-9a-f]{32}$/);
    expect(["a", "b"]).toContain(createRandom(1).pick(["a", "b"]));
    expect(() => createRandom(1).pick([])).toThrow(RangeError);
  });
});

describe("fault rules", () => {
  const rule = (change: Partial<FaultRule>): FaultRule => ({
    service: "*",
    operation: "*",
    kind: "drop",
    rate: 1,
    ...change,
  });

  test("the first rule that fits and whose chance comes up wins", () => {
    const faults = new Faults(
      [
        rule({ service: "ecs", kind: "slow" }),
        rule({ kind: "throttle", rate: 0 }),
        rule({ kind: "drop", limit: 1 }),
      ],
      createRandom(1),
    );
    expect(faults.next("ecs", "UpdateService")?.kind).toBe("slow");
    expect(faults.next("s3", "PutObject")?.kind).toBe("drop");
    expect(faults.next("s3", "PutObject")).toBeNull();
  });

  test("the rate is the chance per call", () => {
    const faults = new Faults([rule({ rate: 0.25 })], createRandom(1));
    const hits = Array.from({ length: 2000 }, () => faults.next("s3", "PutObject")).filter(Boolean).length;
    expect(hits).toBeGreaterThan(430);
    expect(hits).toBeLessThan(570);
  });
});

test("the call log keeps order, tells listeners, and writes one JSON object a line", () => {
  const log = new CallLog();
  const heard: string[] = [];
  const stop = log.onCall(({ operation }) => heard.push(operation));
  const call = (operation: string): CallRecord => ({
    at: "2026-01-01T00:00:00.000Z",
    service: "s3",
    operation,
    principal: "anonymous",
    job: null,
    resource: "b/k\n",
    status: 200,
    error: null,
  });
  log.append(call("PutObject"));
  stop();
  log.append(call("GetObject"));
  expect(heard).toEqual(["PutObject"]);
  expect(
    log
      .toNdjson()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([call("PutObject"), call("GetObject")]);
});

describe("the OIDC provider", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const issuer = new OidcIssuer();
  const token = issuer.mint({ sub: "repo:acme/platform:environment:x", aud: "sts.amazonaws.com" }, now);

  test("its own tokens verify, with their claims", () => {
    expect(issuer.verify(token, now)).toMatchObject({
      iss: "https://token.actions.githubusercontent.com",
      sub: "repo:acme/platform:environment:x",
      aud: "sts.amazonaws.com",
      iat: now / 1000,
      exp: now / 1000 + 300,
    });
  });

  test("an expired token says that it expired", () => {
    expect(() => issuer.verify(token, now + 300_000)).toThrow(expect.objectContaining({ expired: true }));
  });

  test.each([
    ["another provider's", new OidcIssuer().mint({}, now)],
    ["no token", "abc"],
    ["unsigned", `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.x`],
    [
      "altered",
      token.replace(
        /\.[^.]+\./,
        `.${Buffer.from('{"sub":"repo:acme/platform:ref:refs/heads/main"}').toString("base64url")}.`,
      ),
    ],
  ])("%s is refused", (_name, bad) => {
    expect(() => issuer.verify(bad, now)).toThrow(OidcError);
  });
});
