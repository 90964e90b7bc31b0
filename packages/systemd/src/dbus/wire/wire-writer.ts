/**
 * Writes a D-Bus message's bytes, little-endian, from front to back
 * (https://dbus.freedesktop.org/doc/dbus-specification.html, "Marshaling").
 */
export class WireWriter {
  /** Initially zero, because padding must be zero. */
  readonly #bytes: Buffer;
  #at = 0;

  /** @param size in bytes, at least as large as the message. */
  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  get at(): number {
    return this.#at;
  }

  /** The bytes written so far. */
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

  /** Replaces a number that was written before. */
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

  /** A signature of at most 255 bytes. */
  signature(text: string): void {
    const lengthAt = this.#at;
    this.#at += 1;
    this.#bytes.writeUInt8(this.#text(text), lengthAt);
  }

  /** Writes the text and a nul; returns the length of the text in bytes. */
  #text(text: string): number {
    const length = this.#bytes.write(text, this.#at, "utf8");
    this.#at += length + 1;
    return length;
  }
}
