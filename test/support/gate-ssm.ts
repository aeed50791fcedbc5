import type { ManualClock } from "./gate-clock.ts";

interface Version {
  version: number;
  value: string;
  labels: string[];
  at: Date;
}

/** One SSM parameter with versions and labels. */
export class FakeSsm {
  readonly name: string;
  versions: Version[] = [];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, name: string) {
    this.#clock = clock;
    this.name = name;
  }

  write(value: string): number {
    const version = (this.versions.at(-1)?.version ?? 0) + 1;
    this.versions.push({ version, value, labels: [], at: this.#clock.now() });
    return version;
  }

  version(number: number): Version {
    const found = this.versions.find(({ version }) => version === number);
    if (!found) throw new Error(`no version ${number}`);
    return found;
  }

  /** How every version is kept. */
  settings: Record<string, unknown> = { Type: "SecureString", KeyId: "alias/connectors", Tier: "Advanced" };
  /** What PutParameter was given, without the value. */
  readonly puts: Record<string, unknown>[] = [];

  send(operation: string, input: Record<string, unknown>): unknown {
    if (operation === "GetParameterHistory") {
      const Parameters = this.versions.map(({ version, labels }) => ({
        ...this.settings,
        Version: version,
        Labels: labels,
      }));
      return { Parameters };
    }
    if (operation === "PutParameter") {
      const { Value, ...rest } = input;
      this.puts.push(rest);
      return { Version: this.write(String(Value)) };
    }
    if (operation !== "GetParameter") throw new Error(`FakeSsm does not know ${operation}`);
    const [name, selector] = String(input.Name).split(":");
    const found = selector ? this.version(Number(selector)) : this.versions.at(-1);
    if (name !== this.name || !found)
      throw Object.assign(new Error("not found"), { name: "ParameterNotFound" });
    const Value = input.WithDecryption ? found.value : "AQICAHh-ciphertext";
    return { Parameter: { Name: name, Version: found.version, Value, LastModifiedDate: found.at } };
  }
}
