/**
 * Reads a D-Bus message's bytes from front to back, and skips unneeded values without decoding them
 * (https://dbus.freedesktop.org/doc/dbus-specification.html, "Message Format").
 */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #isLittle: boolean;
  #at: number;

  /**
   * @param bytes the bytes to read, from the index `at`; they start at a multiple of 8 in the message, for alignment.
   */
  constructor(bytes: Buffer, isLittle: boolean, at = 0) {
    this.#bytes = bytes;
    this.#isLittle = isLittle;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  align(boundary: number): void {
    this.#at = Math.ceil(this.#at / boundary) * boundary;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  uint32(): number {
    this.align(4);
    const value = this.#isLittle ? this.#bytes.readUInt32LE(this.#at) : this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  /** A number above 2^53 loses its last digits. */
  uint64(): number {
    this.align(8);
    const [first, second] = [this.uint32(), this.uint32()];
    return this.#isLittle ? first + second * 2 ** 32 : first * 2 ** 32 + second;
  }

  /** An array of bytes, in hexadecimal digits. */
  hex(): string {
    const length = this.uint32();
    const text = this.#bytes.toString("hex", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  /** A string or an object path. */
  string(): string {
    return this.#text(this.uint32());
  }

  signature(): string {
    return this.#text(this.byte());
  }

  /**
   * Skips one value.
   * @param at the start of its type in `signature`.
   * @returns the start of the next type in `signature`.
   * @throws RangeError when the type is not a type of D-Bus.
   */
  skip(signature: string, at = 0): number {
    const type = signature.charAt(at);
    switch (type) {
      case "s":
      case "o":
        this.#skipText(this.uint32());
        return at + 1;
      case "g":
        this.#skipText(this.byte());
        return at + 1;
      case "v":
        this.skip(this.signature());
        return at + 1;
      case "a": {
        const length = this.uint32();
        this.align(boundaryOf(signature.charAt(at + 1)));
        this.#at += length;
        return endOf(signature, at + 1);
      }
      case "(":
      case "{":
        return this.#skipStruct(signature, at);
      default: {
        const size = boundaryOf(type);
        this.align(size);
        this.#at += size;
        return at + 1;
      }
    }
  }

  #skipStruct(signature: string, at: number): number {
    this.align(8);
    let next = at + 1;
    while (!CLOSING.includes(signature.charAt(next))) next = this.skip(signature, next);
    return next + 1;
  }

  #text(length: number): string {
    const text = this.#bytes.toString("utf8", this.#at, this.#at + length);
    this.#skipText(length);
    return text;
  }

  /** A nul follows the text. */
  #skipText(length: number): void {
    this.#at += length + 1;
  }
}

const CLOSING: readonly string[] = [")", "}"];

/** The alignment of values of this type, which is also the size of a number. */
function boundaryOf(type: string): number {
  switch (type) {
    case "y":
    case "g":
    case "v":
      return 1;
    case "n":
    case "q":
      return 2;
    case "b":
    case "i":
    case "u":
    case "h":
    case "s":
    case "o":
    case "a":
      return 4;
    case "x":
    case "t":
    case "d":
    case "(":
    case "{":
      return 8;
    default:
      throw new RangeError(`"${type}" is not a type of D-Bus`);
  }
}

/** The end of the type that starts at `at`. */
function endOf(signature: string, at: number): number {
  const type = signature.charAt(at);
  if (type === "a") return endOf(signature, at + 1);
  let next = at + 1;
  if (type !== "(" && type !== "{") return next;
  while (!CLOSING.includes(signature.charAt(next))) next = endOf(signature, next);
  return next + 1;
}
