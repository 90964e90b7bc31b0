const NAME = "SYSLOG_IDENTIFIER=fleetd";

/** The most characters of a value. Two such values fit well within a datagram. */
const LONGEST_VALUE = 16_384;

/**
 * Writes entries of `FIELD=value` items to the journal. An entry that the journal rejects is dropped and counted,
 * because a blocked journal must not block the daemon.
 * @param send sends one datagram to the journal without waiting; returns false if the journal rejects the datagram.
 */
export function journalWriter(send: (entry: Buffer) => boolean): (items: readonly string[]) => void {
  let dropped = 0;
  return (items) => {
    const message = `MESSAGE=dropped ${dropped} log lines: the journal accepted none for a while`;
    if (dropped > 0 && send(journalEntry([message, "PRIORITY=4", NAME]))) dropped = 0;
    if (!send(journalEntry([...items, NAME]))) dropped += 1;
  };
}

/** Encodes an entry for journald (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). */
export function journalEntry(items: readonly string[]): Buffer {
  const short = items.map(truncated);
  // Hardly any entry has a value with several lines, and one text is encoded faster than many.
  if (short.every((item) => !item.includes("\n"))) return Buffer.from(`${short.join("\n")}\n`);
  return Buffer.concat(short.map(fieldOf));
}

function truncated(item: string): string {
  return item.length <= LONGEST_VALUE ? item : item.slice(0, item.indexOf("=") + 1 + LONGEST_VALUE);
}

function fieldOf(item: string): Buffer {
  if (!item.includes("\n")) return Buffer.from(`${item}\n`);
  const end = item.indexOf("=");
  const bytes = Buffer.from(item.slice(end + 1));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${item.slice(0, end)}\n`), length, bytes, Buffer.from("\n")]);
}
