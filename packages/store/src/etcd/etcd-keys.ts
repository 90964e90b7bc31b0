/** A half-open range of keys as etcd takes it. */
export interface EtcdRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** As `range_end`, a single zero byte means the last key; as `key`, it is the least key. */
const ZERO = Buffer.of(0);

/** Adds the prefix that all keys of the cluster share in etcd, and removes it. */
export class EtcdKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  encode(key: string): Buffer {
    return Buffer.from(this.#prefix + key);
  }

  decode(key: Buffer): string {
    return key.toString().slice(this.#prefix.length);
  }

  /** The range of every key that starts with `prefix` and, if `after` is given, comes after it. */
  range(prefix: string, after?: string): EtcdRange {
    const start = this.encode(prefix);
    const range_end = endOfPrefix(start);
    const first = start.length === 0 ? ZERO : start;
    if (after === undefined) return { key: first, range_end };
    const next = Buffer.concat([this.encode(after), ZERO]);
    return { key: Buffer.compare(next, first) > 0 ? next : first, range_end };
  }
}

/**
 * The least key that is greater than every key with the prefix. UTF-8 has no byte 0xff, so the last byte can be
 * incremented.
 */
function endOfPrefix(prefix: Buffer): Buffer {
  if (prefix.length === 0) return ZERO;
  const end = Buffer.from(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}
