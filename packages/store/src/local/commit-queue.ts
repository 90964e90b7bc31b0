import type { Journal, JournalRecord } from "./journal.ts";

export interface CommitQueueOptions {
  /** Without a journal, work runs at once. */
  readonly journal?: Journal | undefined;
  /** Called after the journal has stored the work. */
  readonly onCommit: () => void;
  /** Called when the journal fails. Must undo the changes that the work has made in memory. */
  readonly onFailure: () => void;
}

type Work<T> = (record: (record: JournalRecord) => void) => T;

interface Waiting {
  readonly work: () => JournalRecord[];
  readonly commit: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Group commit: runs all work of one turn of the event loop in order, and stores it by one write to the journal.
 * Nothing else runs in between, so that no reader sees a change that may be lost.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting: Waiting[] = [];
  #closed: Error | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /** @throws the error of `work`, which must then have changed nothing; the error of the journal. */
  run<T>(work: Work<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let answer: () => void = () => {};
    this.#waiting.push({
      work: () => {
        const records: JournalRecord[] = [];
        try {
          const result = work((record) => records.push(record));
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error);
        }
        return records;
      },
      commit: () => answer(),
      fail: reject,
    });
    if (this.#options.journal === undefined) this.#flush();
    else if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    return promise;
  }

  close(reason: Error): void {
    this.#closed = reason;
    for (const { fail } of this.#waiting.splice(0)) fail(reason);
  }

  #flush(): void {
    const batch = this.#waiting.splice(0);
    if (batch.length === 0) return;
    const records = batch.flatMap(({ work }) => work());
    try {
      if (records.length > 0) this.#options.journal?.append(records);
    } catch (error) {
      this.#options.onFailure();
      for (const { fail } of batch) fail(error);
      return;
    }
    for (const { commit } of batch) commit();
    if (records.length > 0) this.#options.onCommit();
  }
}
