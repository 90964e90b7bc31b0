import type { LocalHost } from "./local-host.ts";

/** The changes of a command to this host, which a failure takes back. */
export class HostChanges {
  readonly #host: LocalHost;
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(host: LocalHost) {
    this.#host = host;
  }

  /** Writes a file; see LocalHost.write. */
  async write(path: string, text: string, mode: number): Promise<void> {
    const before = await this.#host.read(path);
    this.#undo.push(() => (before === undefined ? this.#host.remove(path) : this.#host.write(path, before, mode)));
    await this.#host.write(path, text, mode);
  }

  /** Removes a file if it exists. A failure writes it again, for root alone. */
  async remove(path: string): Promise<void> {
    const before = await this.#host.read(path);
    if (before === undefined) return;
    this.#undo.push(() => this.#host.write(path, before, 0o600));
    await this.#host.remove(path);
  }

  /** Runs `undo` if the command fails later. */
  onUndo(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Runs `undo` after all others: a daemon restarts with the earlier files. */
  onUndoLast(undo: () => Promise<unknown>): void {
    this.#undo.unshift(undo);
  }

  /** Takes all changes back, the last one first. */
  async undo(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
  }
}
