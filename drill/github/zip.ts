/** Writes a ZIP archive (APPNOTE.TXT 6.3.3, no encryption, no ZIP64: small archives only). */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  content: Buffer;
  /** Milliseconds since the epoch, UTC. */
  modifiedAt: number;
}

const VERSION = 20;
/** File names are UTF-8. */
const UTF8_FLAG = 0x0800;
const DEFLATE = 8;

/** Time and date as MS-DOS packs them, in UTC, two-second steps, from 1980 on. */
function dosTime(at: number): number {
  const date = new Date(Math.max(at, Date.UTC(1980, 0, 1)));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return day * 0x10000 + time;
}

/** The fields that the local header and the central directory share. */
function commonFields(entry: ZipEntry, name: Buffer, compressed: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_FLAG, 2);
  fields.writeUInt16LE(DEFLATE, 4);
  fields.writeUInt32LE(dosTime(entry.modifiedAt), 6);
  fields.writeUInt32LE(crc32(entry.content), 10);
  fields.writeUInt32LE(compressed.length, 14);
  fields.writeUInt32LE(entry.content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function centralHeader(fields: Buffer, name: Buffer, offset: number): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(VERSION, 4);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, fields, tail, name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/** The archive's bytes, entries in the order given. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const compressed = deflateRawSync(entry.content);
    const fields = commonFields(entry, name, compressed);
    const signature = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
    const record = Buffer.concat([signature, fields, name, compressed]);
    central.push(centralHeader(fields, name, offset));
    local.push(record);
    offset += record.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...local, directory, endRecord(entries.length, directory.length, offset)]);
}
