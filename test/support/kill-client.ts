import type { Aws } from "../../src/ports.ts";

export type Moment = "before" | "after";

type Send = (command: { constructor: { name: string }; input: object }) => Promise<unknown>;

/**
 * Clients of a process that dies at one of its calls: before that call leaves, or once it took effect and before its
 * answer is there. From then on every call of the process fails.
 */
export class Mortal {
  /** The calls that change something, in the order in which they left. */
  readonly calls: string[] = [];
  killed = false;
  readonly #at: { call: number; moment: Moment } | null;
  readonly #counts: (service: string, operation: string) => boolean;

  constructor(
    at: { call: number; moment: Moment } | null,
    counts: (service: string, operation: string) => boolean,
  ) {
    this.#at = at;
    this.#counts = counts;
  }

  readonly wrap = (aws: Aws): Aws => {
    const mortal = Object.entries(aws).map(([service, client]) => {
      const send: Send = (command) => this.#send(service, client as { send: Send }, command);
      return [
        service,
        new Proxy(client, { get: (real, name) => (name === "send" ? send : Reflect.get(real, name)) }),
      ];
    });
    return Object.fromEntries(mortal) as Aws;
  };

  #send(service: string, client: { send: Send }, command: Parameters<Send>[0]): Promise<unknown> {
    const operation = command.constructor.name.replace(/Command$/, "");
    return this.through(service, operation, () => client.send(command));
  }

  /** Any call of the process, AWS's or another's. */
  async through<Answer>(service: string, operation: string, call: () => Promise<Answer>): Promise<Answer> {
    if (this.killed) throw new Error("the process is dead");
    if (!this.#counts(service, operation)) return call();
    this.calls.push(`${service}:${operation}`);
    if (this.calls.length !== this.#at?.call) return call();
    if (this.#at.moment === "after") await call();
    this.killed = true;
    throw new Error("the process was killed");
  }
}
