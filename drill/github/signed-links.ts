/** Short-lived links to log archives, as GitHub redirects to: they need no token and expire after one minute. */
import { randomBytes } from "node:crypto";
import type { SimClock } from "../contracts.ts";

export interface Download {
  contentType: string;
  fileName: string;
  body: Buffer;
}

/** "This link expires after 1 minute": https://docs.github.com/rest/actions/workflow-runs#download-workflow-run-logs */
const LIFETIME_MS = 60_000;

export class SignedLinks {
  readonly #clock: SimClock;
  readonly #links = new Map<string, { expiresAt: number; produce: () => Download }>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** The path of a link that serves what `produce` gives when it is followed. */
  create(produce: () => Download): string {
    const key = randomBytes(24).toString("base64url");
    this.#links.set(key, { expiresAt: this.#clock.now() + LIFETIME_MS, produce });
    return `/_downloads/${key}`;
  }

  /** The download behind a path; null when the link is unknown or has expired. */
  follow(path: string): Download | null {
    const link = this.#links.get(path.replace(/^\/_downloads\//, ""));
    if (link === undefined || link.expiresAt < this.#clock.now()) return null;
    return link.produce();
  }
}
