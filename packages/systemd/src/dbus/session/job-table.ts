import { UnitManagerUnavailableError } from "../../unit-manager-error.ts";

/**
 * Awaited jobs, by object path. systemd merges a job into one that is already queued and returns the queued job's path,
 * so several callers may wait for one job.
 */
export class JobTable {
  readonly #waiting = new Map<string, PromiseWithResolvers<string>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves with the job's result, as JobRemoved names it. */
  wait(path: string): Promise<string> {
    const known = this.#waiting.get(path);
    if (known) return known.promise;
    const waiter = Promise.withResolvers<string>();
    // The caller may no longer wait when the job fails.
    waiter.promise.catch(() => {});
    this.#waiting.set(path, waiter);
    return waiter.promise;
  }

  end(path: string, result: string): void {
    this.#waiting.get(path)?.resolve(result);
    this.#waiting.delete(path);
  }

  /** After a gap in the signals, fails the jobs that systemd no longer has: their results are lost. */
  keep(paths: ReadonlySet<string>): void {
    for (const [path, waiter] of this.#waiting) {
      if (paths.has(path)) continue;
      waiter.reject(
        new UnitManagerUnavailableError("the job ended while systemd could not be reached; its result is unknown"),
      );
      this.#waiting.delete(path);
    }
  }

  fail(error: unknown): void {
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
  }
}
