/** What code scanning and secret scanning have found. */
import { notFound } from "./errors.ts";

export interface CodeAlert {
  rule: string;
  description: string;
  severity: "low" | "medium" | "high" | "critical";
  tool: string;
  path: string;
  state: "open" | "dismissed" | "fixed";
}

export interface SecretAlert {
  /** As GitHub calls the kind of secret, `azure_active_directory_application_secret` for example. */
  type: string;
  displayName: string;
  state: "open" | "resolved";
}

export interface AlertSeeds {
  code?: readonly CodeAlert[];
  secret?: readonly SecretAlert[];
}

export type Numbered<Alert> = Alert & { number: number; createdAt: number; updatedAt: number };

/** Each kind is numbered by itself. */
export class AlertStore {
  readonly #code: Numbered<CodeAlert>[] = [];
  readonly #secret: Numbered<SecretAlert>[] = [];

  constructor({ code = [], secret = [] }: AlertSeeds, now: number) {
    for (const alert of code) this.findCode(alert, now);
    for (const alert of secret) this.findSecret(alert, now);
  }

  /** The scanner has found something. */
  findCode(alert: CodeAlert, now: number): void {
    this.#code.push({ ...alert, number: this.#code.length + 1, createdAt: now, updatedAt: now });
  }

  findSecret(alert: SecretAlert, now: number): void {
    this.#secret.push({ ...alert, number: this.#secret.length + 1, createdAt: now, updatedAt: now });
  }

  code(): readonly Numbered<CodeAlert>[] {
    return this.#code;
  }

  secret(): readonly Numbered<SecretAlert>[] {
    return this.#secret;
  }
}

/** Throws 404. */
export function byNumber<Alert>(alerts: readonly Numbered<Alert>[], number: number): Numbered<Alert> {
  const found = alerts.find((alert) => alert.number === number);
  if (!found) throw notFound(`No alert found for alert number ${number}`);
  return found;
}
