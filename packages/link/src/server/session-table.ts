import type { ServerSession } from "./server-session.ts";

/** The open sessions, by machine. */
export class SessionTable {
  readonly #byMachine = new Map<string, Set<ServerSession>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  machines(): readonly string[] {
    return [...this.#byMachine.keys()];
  }

  /** The sessions of a machine, the oldest first. */
  of(machineID: string): readonly ServerSession[] {
    return [...(this.#byMachine.get(machineID) ?? [])];
  }

  all(): readonly ServerSession[] {
    return [...this.#byMachine.values()].flatMap((sessions) => [...sessions]);
  }

  add(session: ServerSession): void {
    const sessions = this.#byMachine.get(session.machineID);
    if (sessions === undefined) this.#byMachine.set(session.machineID, new Set([session]));
    else sessions.add(session);
    this.#size += 1;
  }

  delete(session: ServerSession): void {
    const sessions = this.#byMachine.get(session.machineID);
    if (!sessions?.delete(session)) return;
    this.#size -= 1;
    if (sessions.size === 0) this.#byMachine.delete(session.machineID);
  }
}
