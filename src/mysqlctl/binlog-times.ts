/**
 * When a binary log's first and last transactions were written, read from the event headers alone.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_replication_binlog_event.html
 */
import type { Disk } from "../base/disk.ts";
import { VtError } from "../base/errors.ts";

export interface BinlogTimes {
  /** Seconds since 1970; undefined where the log has no transaction. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

const magic = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const headerSize = 19;
/** A transaction begins with one of these: GTID, anonymous GTID, tagged GTID, MariaDB's GTID. */
const beginnings = new Set([33, 34, 42, 162]);

export function readBinlogTimes(path: string, disk: Disk): BinlogTimes {
  const file = disk.openSync(path, "r");
  try {
    const size = disk.fstatSync(file).size;
    const header = Buffer.alloc(headerSize);
    if (disk.readSync(file, header, 0, magic.length, 0) < magic.length || !header.subarray(0, 4).equals(magic))
      throw VtError.of("VT22013", `${path} is no binary log`, "name a file of the server's bin-logs folder");
    let first: number | undefined = undefined;
    let last: number | undefined = undefined;
    for (let at = magic.length; at + headerSize <= size; ) {
      disk.readSync(file, header, 0, headerSize, at);
      const eventSize = header.readUInt32LE(9);
      if (eventSize < headerSize)
        throw VtError.of("VT22013", `${path} is damaged at byte ${at}`, "use another copy of it");
      if (beginnings.has(header.readUInt8(4))) {
        last = header.readUInt32LE(0);
        first ??= last;
      }
      at += eventSize;
    }
    return { first, last };
  } finally {
    disk.closeSync(file);
  }
}
