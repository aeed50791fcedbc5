import type { S3Client } from "@aws-sdk/client-s3";
import { S3Store } from "../../src/verify/s3-store.ts";
import { verify } from "../../src/verify/verify.ts";
import { type PreservePlatform, target } from "../support/preserve-platform.ts";
import { type Said, said } from "./fixture.ts";

/** Verifies the incident in the simulated bucket. */
export async function verifyInBucket(
  platform: PreservePlatform,
  options: { s3?: S3Client; later?: number } = {},
): Promise<Said & { unchecked: string[] }> {
  const now = new Date(platform.clock.now() + (options.later ?? 0));
  const store = new S3Store(options.s3 ?? platform.aws.s3, target.vault, () => now);
  const report = await verify(store, `s3://${target.vault}`, await store.incidents(), now);
  const unchecked = report.incidents.flatMap((incident) => incident.unchecked);
  return { ...said(report), unchecked: unchecked.flatMap(({ objects }) => objects) };
}

/** An S3 client that is refused some calls. */
export function refusing(s3: S3Client, refused: (operation: string, key: string) => boolean): S3Client {
  const send = (command: { constructor: { name: string }; input: { Key?: string } }) =>
    refused(command.constructor.name.replace(/Command$/, ""), command.input.Key ?? "")
      ? Promise.reject(Object.assign(new Error("not allowed"), { name: "AccessDenied" }))
      : s3.send(command as never);
  return Object.create(s3, { send: { value: send, configurable: true } });
}
