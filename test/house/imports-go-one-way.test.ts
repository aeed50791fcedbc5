import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { filesIn, importsOf, ROOT } from "./sources.ts";

/**
 * From the top of the house to its foundation: a layer imports only from itself and from what stands below it. `query`
 * stands above what decides about a change, which may not lean on its answers.
 */
const LAYERS = [
  "actions",
  "intake",
  "query",
  "clocks",
  "review",
  "containment",
  "gate",
  "notify",
  "evidence",
  "incident",
  "vault",
  "runbook",
  "foundation",
];
/** Shares nothing with what collects evidence, not even schemas; only the actions and the command line use it. */
const VERIFIER = "verify";
const USES_VERIFIER = ["actions", "cli", VERIFIER];
const CLIENTS_ENTRY = "src/actions/start.ts";

/** `src/errors.ts` and `src/ports.ts` are the foundation. */
function layerOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? "foundation";
}

/** Why `path` may not import `target` (both from the root); undefined when it may. */
function objection(path: string, target: string): string | undefined {
  if (!target.startsWith("src/")) return `${path} imports ${target}, which is no part of the product`;
  const [from, to] = [layerOf(path), layerOf(target)];
  if (to === VERIFIER) return USES_VERIFIER.includes(from) ? undefined : `${path} imports the verifier`;
  if (from === VERIFIER || from === "cli")
    return `${path} imports ${target}, which collects what it verifies`;
  if (to === "clients") {
    return from === "clients" || path === CLIENTS_ENTRY
      ? undefined
      : `${path} imports a client; take it from deps`;
  }
  if (from === "clients") return to === "foundation" ? undefined : `${path} imports ${target}`;
  return LAYERS.indexOf(to) >= LAYERS.indexOf(from) ? undefined : `${path} imports upwards: ${target}`;
}

const modules = filesIn("src", ".ts");
const edges = modules.flatMap(({ path, text }) =>
  importsOf(text)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => ({ path, target: posix.join(posix.dirname(path), specifier) })),
);

describe("the import rule", () => {
  test("every folder of src is a layer, the clients, the verifier or the command line", () => {
    const layers = new Set(modules.map(({ path }) => layerOf(path)));
    const known = [...LAYERS, "clients", VERIFIER, "cli"];
    expect([...layers].filter((layer) => !known.includes(layer))).toEqual([]);
  });

  test("imports go downwards, clients are handed in, nothing comes from outside src", () => {
    expect(edges.length).toBeGreaterThan(20);
    expect(
      edges.map(({ path, target }) => objection(path, target)).filter((said) => said !== undefined),
    ).toEqual([]);
  });

  test.each([
    ["src/runbook/load.ts", "src/vault/vault.ts"],
    ["src/gate/gate.ts", "src/containment/scale-down.ts"],
    ["src/gate/gate.ts", "src/clients/aws.ts"],
    ["src/errors.ts", "src/runbook/schema.ts"],
    ["src/actions/preserve/run.ts", "drill/contracts.ts"],
    ["src/verify/incident.ts", "src/evidence/manifest.ts"],
    ["src/verify/ledger.ts", "src/vault/digest.ts"],
    ["src/verify/incident.ts", "src/errors.ts"],
    ["src/cli/firebreak.ts", "src/incident/ledger.ts"],
    ["src/gate/gate.ts", "src/verify/verify.ts"],
  ])("%s importing %s is caught", (path, target) => {
    expect(objection(path, target)).toBeDefined();
  });

  test("packages are the ones of package.json's dependencies, or Node's own", () => {
    const names = modules
      .flatMap(({ text }) => importsOf(text))
      .filter((specifier) => !specifier.startsWith("."));
    const manifest = readFileSync(join(ROOT, "package.json"), "utf8");
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    const isKnown = (name: string) =>
      name.startsWith("node:") ||
      Object.keys(dependencies).some((one) => name === one || name.startsWith(`${one}/`));
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });
});
