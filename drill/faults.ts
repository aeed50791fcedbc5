/** Injected faults: which call fails is decided by the scenario's rules and the drill's seed. */
import type { FaultPicker, FaultRule } from "./contracts.ts";
import type { Random } from "./random.ts";

export class Faults implements FaultPicker {
  readonly #rules: readonly FaultRule[];
  readonly #random: Random;
  readonly #used = new Map<FaultRule, number>();
  readonly #seen = new Map<FaultRule, number>();

  constructor(rules: readonly FaultRule[], random: Random) {
    this.#rules = rules;
    this.#random = random;
  }

  /** The fault for this call: of the rules that fit, in order, the first whose chance comes up; null for none. */
  next(service: string, operation: string, subject = ""): FaultRule | null {
    // A rule counts every call that it fits, whichever rule gets it in the end.
    const fitting = this.#rules.filter(
      (rule) => fits(rule, service, operation, subject) && this.#isItsCall(rule),
    );
    for (const rule of fitting) {
      const used = this.#used.get(rule) ?? 0;
      if (rule.limit !== undefined && used >= rule.limit) continue;
      if (this.#random.next() >= rule.rate) continue;
      this.#used.set(rule, used + 1);
      return rule;
    }
    return null;
  }

  #isItsCall(rule: FaultRule): boolean {
    const number = (this.#seen.get(rule) ?? 0) + 1;
    this.#seen.set(rule, number);
    return rule.call === undefined || rule.call === number;
  }
}

function fits(rule: FaultRule, service: string, operation: string, subject: string): boolean {
  if (rule.service !== "*" && rule.service !== service) return false;
  if (rule.operation !== "*" && rule.operation !== operation) return false;
  return rule.subject === undefined || rule.subject === subject;
}
