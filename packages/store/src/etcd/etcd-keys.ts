/** A half-open range of keys as etcd takes it. */
export interface EtcdRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** In etcd a range_end of one zero byte means "to the last key", and a key of one is the least there is. */
const ZERO = Buffer.of(0);

/** The one place where our keys get the prefix that the cluster's keys share in etcd, and lose it again. */
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

  /** Every key that starts with `prefix`; with `after`, only those behind it. */
  range(prefix: string, after?: string): EtcdRange {
    const start = this.encode(prefix);
    const range_end = endOfPrefix(start);
    const first = start.length === 0 ? ZERO : start;
    if (after === undefined) return { key: first, range_end };
    const next = Buffer.concat([this.encode(after), ZERO]);
    return { key: Buffer.compare(next, first) > 0 ? next : first, range_end };
  }
}

/** The least key that is greater than every key with the prefix. UTF-8 has no byte 0xff, so the last one can grow. */
function endOfPrefix(prefix: Buffer): Buffer {
  if (prefix.length === 0) return ZERO;
  const end = Buffer.from(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}
