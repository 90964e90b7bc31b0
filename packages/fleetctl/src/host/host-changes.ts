import { messageOf } from "@flotilla/runtime";
import type { Context } from "../context.ts";
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
    await this.#host.write(path, text, mode);
    this.#undo.push(() => (before === undefined ? this.#host.remove(path) : this.#host.write(path, before, mode)));
  }

  /** Removes a file if it exists. A failure writes it again, for root alone. */
  async remove(path: string): Promise<void> {
    const before = await this.#host.read(path);
    if (before === undefined) return;
    await this.#host.remove(path);
    this.#undo.push(() => this.#host.write(path, before, 0o600));
  }

  /** Runs `undo` if the command fails later. */
  onUndo(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Runs `undo` after all others: a daemon restarts with the earlier files. */
  onUndoLast(undo: () => Promise<unknown>): void {
    this.#undo.unshift(undo);
  }

  /** Takes all changes back, the last one first, and says so if the user has interrupted the command. */
  async undo({ signal, tell }: Pick<Context, "signal" | "tell">): Promise<void> {
    if (signal.aborted) tell("interrupted; taking back the changes to this host");
    const failures: string[] = [];
    for (const undo of this.#undo.splice(0).toReversed())
      await undo().catch((error: unknown) => void failures.push(messageOf(error)));
    if (failures.length > 0) tell(`the host is not as it was before: ${failures.join("; ")}`);
    else if (signal.aborted) tell("the host is as it was before");
  }
}
