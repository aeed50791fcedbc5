/** The temporary credentials that the simulated AWS has issued. */
import { randomBytes } from "node:crypto";
import type { AwsSession, SimClock } from "../contracts.ts";

export interface SessionRequest {
  roleArn: string;
  /** The workflow job that holds the session; null when none does. */
  job?: string | null;
  sessionName?: string;
  /** Simulated seconds until the session ends; one hour when absent, STS's default. */
  durationSeconds?: number;
  /** Simulated seconds ago that it began; 0 when absent. */
  ageSeconds?: number;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Sessions {
  readonly #byKey = new Map<string, AwsSession>();
  readonly #clock: SimClock;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** New credentials for a role. Throws TypeError when the ARN is not a role's. */
  issue({
    roleArn,
    job = null,
    sessionName = "drill",
    durationSeconds = 3600,
    ageSeconds = 0,
  }: SessionRequest): AwsSession {
    const issuedAt = this.#clock.now() - ageSeconds * 1000;
    const match = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
    if (!match) throw new TypeError(`not the ARN of a role: ${roleArn}`);
    const session: AwsSession = {
      accessKeyId: `ASIA${base32(16)}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(192).toString("base64"),
      roleArn,
      sessionArn: `arn:aws:sts::${match[1]}:assumed-role/${match[2]}/${sessionName}`,
      job,
      issuedAt,
      expiresAt: issuedAt + durationSeconds * 1000,
    };
    this.#byKey.set(session.accessKeyId, session);
    return session;
  }

  find(accessKeyId: string): AwsSession | undefined {
    return this.#byKey.get(accessKeyId);
  }
}

function base32(length: number): string {
  return Array.from(randomBytes(length), (byte) => BASE32[byte % 32]).join("");
}
