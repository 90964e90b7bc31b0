const NAME = "SYSLOG_IDENTIFIER=fleetd";

/** Far below what a datagram may hold, with two of them. Characters. */
const LONGEST_VALUE = 16_384;

/**
 * Writes entries of `FIELD=value` items to the journal. One that the journal does not take at once is lost, and counted:
 * a journal that stands still must not make the daemon stand still.
 * @param send gives one datagram to the journal without waiting; false when it is not taken.
 */
export function journalWriter(send: (entry: Buffer) => boolean): (items: readonly string[]) => void {
  let lost = 0;
  return (items) => {
    const told = `MESSAGE=the journal took no more lines for a while; lost: ${lost}`;
    if (lost > 0 && send(journalEntry([told, "PRIORITY=4", NAME]))) lost = 0;
    if (!send(journalEntry([...items, NAME]))) lost += 1;
  };
}

/** An entry as journald takes it (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). */
export function journalEntry(items: readonly string[]): Buffer {
  return Buffer.concat(items.map(fieldOf));
}

function fieldOf(item: string): Buffer {
  const end = item.indexOf("=");
  const [name, value] = [item.slice(0, end), item.slice(end + 1, end + 1 + LONGEST_VALUE)];
  if (!value.includes("\n")) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
}
