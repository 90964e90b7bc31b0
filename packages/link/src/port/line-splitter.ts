import { StringDecoder } from "node:string_decoder";

/** Splits chunks of bytes into lines. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";

  /** The line that has not ended yet. */
  get pending(): string {
    return this.#pending;
  }

  /** Returns the lines that the chunk ends. */
  add(chunk: Buffer): readonly string[] {
    const lines = this.#decoder.write(chunk).split("\n");
    const last = lines.pop() ?? "";
    // Appending is cheap, because V8 keeps a rope.
    if (lines.length === 0) this.#pending += last;
    else {
      lines[0] = this.#pending + lines[0];
      this.#pending = last;
    }
    return lines;
  }
}
