/** Injected faults: which call fails is decided by the scenario's rules and the drill's seed. */
import type { FaultRule } from "./contracts.ts";
import type { Random } from "./random.ts";

export class Faults {
  readonly #rules: readonly FaultRule[];
  readonly #random: Random;
  readonly #used = new Map<FaultRule, number>();

  constructor(rules: readonly FaultRule[], random: Random) {
    this.#rules = rules;
    this.#random = random;
  }

  /** The fault for this call: of the rules that fit, in order, the first whose chance comes up; null for none. */
  next(service: string, operation: string): FaultRule | null {
    for (const rule of this.#rules) {
      if (rule.service !== "*" && rule.service !== service) continue;
      if (rule.operation !== "*" && rule.operation !== operation) continue;
      const used = this.#used.get(rule) ?? 0;
      if (rule.limit !== undefined && used >= rule.limit) continue;
      if (this.#random.next() >= rule.rate) continue;
      this.#used.set(rule, used + 1);
      return rule;
    }
    return null;
  }
}
