import { z } from "zod";
import type { Clock } from "../../ports.ts";
import { type ReadFrom, unpack } from "./trail-read.ts";

/** CloudTrail splits its log files long before; beyond it a file is hashed, and its events are not compared. */
const LARGEST_LOG = 64 * 1024 * 1024;

const record = z.object({
  eventID: z.string(),
  eventTime: z.iso.datetime(),
  eventCategory: z.string().optional(),
  managementEvent: z.boolean().optional(),
});

export interface LogFile {
  /** Of the uncompressed content, as digest files state it. */
  sha256: string;
  /** Its management events: id, and time in milliseconds. Null when the file is no list of events, or too large. */
  events: { id: string; at: number }[] | null;
}

/**
 * Reads a trail's log file: hash and management events
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 * @throws Error when it cannot be read or is no gzip.
 */
export async function readLogFile(clock: Clock, from: ReadFrom): Promise<LogFile> {
  const { sha256, content } = await unpack(clock, from, LARGEST_LOG);
  return { sha256, events: content && managementEvents(content) };
}

function managementEvents(content: Buffer): LogFile["events"] {
  let records: unknown;
  try {
    records = (JSON.parse(content.toString("utf8")) as { Records?: unknown } | null)?.Records;
  } catch {
    return null;
  }
  if (!Array.isArray(records)) return null;
  return records.flatMap((one) => {
    const { success, data } = record.safeParse(one);
    if (!success) return [];
    // Before version 1.07 of the record there was no category.
    const isManagement =
      (data.eventCategory ?? (data.managementEvent === false ? "Data" : "Management")) === "Management";
    return isManagement ? [{ id: data.eventID, at: Date.parse(data.eventTime) }] : [];
  });
}
