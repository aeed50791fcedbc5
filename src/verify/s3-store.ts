import type { Readable } from "node:stream";
import {
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { byBytes } from "./folder-store.ts";
import {
  type EvidenceStore,
  type ObjectLock,
  type OpenedObject,
  type StoredObject,
  type StoredVersion,
  type StoreProtection,
  UnreadableError,
} from "./store.ts";

/**
 * Evidence in its bucket. Needs s3:ListBucket, s3:ListBucketVersions, s3:GetObject, s3:GetObjectVersion,
 * s3:GetObjectRetention, s3:GetObjectLegalHold and s3:GetBucketObjectLockConfiguration, and changes nothing.
 */
export class S3Store implements EvidenceStore {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly protection: StoreProtection;

  constructor(s3: S3Client, bucket: string, now: () => Date) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.protection = { bucket: () => this.#lockConfiguration(), now };
  }

  async incidents(): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: "incidents/",
          Delimiter: "/",
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        const name = Prefix?.split("/")[1] ?? "";
        if (/^INC-[1-9]\d*$/.test(name)) names.push(name);
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return names.sort(byBytes);
  }

  async list(incident: string): Promise<StoredObject[]> {
    const objects = new Map<string, StoredObject>();
    const at = (key: string) => {
      const object = objects.get(key) ?? { key, versions: [], deleteMarkers: [], irregular: null };
      objects.set(key, object);
      return object;
    };
    let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (marker) {
      const page = await this.#versionPage(incident, marker);
      for (const { Key = "", VersionId, Size = 0, LastModified = new Date(0) } of page.Versions ?? []) {
        // S3 lists the newest first.
        at(Key).versions.unshift({ versionId: versionOf(VersionId), size: Size, lastModified: LastModified });
      }
      for (const { Key = "", VersionId = "" } of page.DeleteMarkers ?? [])
        at(Key).deleteMarkers.unshift(VersionId);
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      marker =
        IsTruncated && NextKeyMarker !== undefined
          ? {
              KeyMarker: NextKeyMarker,
              ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
            }
          : undefined;
    }
    return [...objects.values()].sort((a, b) => byBytes(a.key, b.key));
  }

  #versionPage(incident: string, marker: { KeyMarker?: string; VersionIdMarker?: string }) {
    const input = { Bucket: this.#bucket, Prefix: `incidents/${incident}/`, ...marker };
    return this.#s3.send(new ListObjectVersionsCommand(input));
  }

  async open(object: StoredObject, version: StoredVersion): Promise<OpenedObject> {
    const where = {
      Bucket: this.#bucket,
      Key: object.key,
      ...(version.versionId === null ? {} : { VersionId: version.versionId }),
    };
    try {
      const found = await this.#s3.send(new GetObjectCommand(where));
      const lock: ObjectLock = {
        retainUntil: found.ObjectLockRetainUntilDate ?? null,
        legalHold: found.ObjectLockLegalHoldStatus === "ON",
      };
      // The headers are left out both when there is no lock and when reading it is not allowed.
      if (!lock.retainUntil && !lock.legalHold)
        await this.#mustBeAbleToReadLock(where, found.Body as Readable);
      return { body: found.Body as Readable, lock };
    } catch (error) {
      throw refusal(error) ?? error;
    }
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
  async #mustBeAbleToReadLock(where: { Bucket: string; Key: string }, body: Readable): Promise<void> {
    try {
      await this.#s3.send(new GetObjectRetentionCommand(where));
    } catch (error) {
      if (["NoSuchObjectLockConfiguration", "InvalidRequest"].includes((error as Error).name)) return;
      body.destroy();
      throw error;
    }
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
  async #lockConfiguration(): Promise<{ locked: boolean; defaultDays: number | null }> {
    try {
      const command = new GetObjectLockConfigurationCommand({ Bucket: this.#bucket });
      const { ObjectLockConfiguration: found } = await this.#s3.send(command);
      const { Days, Years } = found?.Rule?.DefaultRetention ?? {};
      const locked = found?.ObjectLockEnabled === "Enabled";
      return { locked, defaultDays: Days ?? (Years === undefined ? null : Years * 365) };
    } catch (error) {
      if ((error as Error).name === "ObjectLockConfigurationNotFoundError")
        return { locked: false, defaultDays: null };
      throw refusal(error) ?? error;
    }
  }
}

/** A bucket that never had versions calls its only one `null`. */
function versionOf(id: string | undefined): string | null {
  return id === undefined || id === "null" ? null : id;
}

function refusal(error: unknown): UnreadableError | undefined {
  const { name, message } = error as Error;
  const refused = ["AccessDenied", "InvalidObjectState", "NoSuchVersion", "NoSuchKey"].includes(name);
  return refused ? new UnreadableError(`${name}: ${message}`) : undefined;
}
