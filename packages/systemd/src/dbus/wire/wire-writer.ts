/**
 * Writes a D-Bus message's bytes, little-endian, from front to back
 * (https://dbus.freedesktop.org/doc/dbus-specification.html, "Marshaling").
 */
export class WireWriter {
  /** Zeros: what alignment leaves out is to be zero. */
  readonly #bytes: Buffer;
  #at = 0;

  /** @param size bytes, at least as many as will be written. */
  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  get at(): number {
    return this.#at;
  }

  /** What has been written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  align(boundary: number): void {
    this.#at = Math.ceil(this.#at / boundary) * boundary;
  }

  byte(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  uint32(value: number): void {
    this.align(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** Puts a number where there is another one by now. */
  uint32At(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  /** A string or an object path. */
  string(text: string): void {
    this.align(4);
    const lengthAt = this.#at;
    this.#at += 4;
    this.uint32At(lengthAt, this.#text(text));
  }

  /** Of at most 255 bytes. */
  signature(text: string): void {
    const lengthAt = this.#at;
    this.#at += 1;
    this.#bytes.writeUInt8(this.#text(text), lengthAt);
  }

  /** A nul comes after it. */
  #text(text: string): number {
    const length = this.#bytes.write(text, this.#at, "utf8");
    this.#at += length + 1;
    return length;
  }
}
