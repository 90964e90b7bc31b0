import { UnitManagerUnavailableError } from "../../unit-manager-error.ts";

/**
 * Jobs whose end somebody waits for, by object path. systemd gives a job that is merged into one already
 * queued the path of that one, so several may wait for one job.
 */
export class JobTable {
  readonly #waiting = new Map<string, PromiseWithResolvers<string>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves with the job's result as systemd names it. */
  wait(path: string): Promise<string> {
    const known = this.#waiting.get(path);
    if (known) return known.promise;
    const waiter = Promise.withResolvers<string>();
    // Whoever asked may have given up by the time it fails.
    waiter.promise.catch(() => {});
    this.#waiting.set(path, waiter);
    return waiter.promise;
  }

  end(path: string, result: string): void {
    this.#waiting.get(path)?.resolve(result);
    this.#waiting.delete(path);
  }

  /** After a gap in the signals: a job that systemd knows no more ended in the gap, nobody can say how. */
  keep(paths: ReadonlySet<string>): void {
    for (const [path, waiter] of this.#waiting) {
      if (paths.has(path)) continue;
      waiter.reject(new UnitManagerUnavailableError("The job ended while systemd was away; its result is not known."));
      this.#waiting.delete(path);
    }
  }

  fail(error: unknown): void {
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
  }
}
