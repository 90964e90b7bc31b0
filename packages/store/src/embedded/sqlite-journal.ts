import { backup, type DatabaseSync, type StatementSync } from "node:sqlite";
import type { Change, Step } from "../local/change.ts";
import type { Journal, JournalImage, JournalRecord } from "../local/journal.ts";
import { fileError, fileErrorUnlessProgramming } from "./file-error.ts";
import { openStoreFile } from "./store-file.ts";
import { StoredRow } from "./stored-row.ts";

interface Statements {
  readonly putEntry: StatementSync;
  readonly deleteEntry: StatementSync;
  readonly addHistory: StatementSync;
  readonly compact: StatementSync;
  readonly grant: StatementSync;
  readonly endLease: StatementSync;
}

/** Pages of 4 KiB that are copied between two turns of the event loop. */
const PAGES_AT_ONCE = 256;

/** A journal in an SQLite file, which one process locks. `append` returns when the records are on the disk. */
export class SqliteJournal implements Journal {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  /** @throws the errors of `openStoreFile`. */
  constructor(path: string) {
    this.#path = path;
    this.#database = openStoreFile(path);
    this.#statements = statements(this.#database);
  }

  load(): JournalImage {
    try {
      return this.#read();
    } catch (error) {
      throw fileError(this.#path, error);
    }
  }

  append(records: readonly JournalRecord[]): void {
    try {
      this.#database.exec("BEGIN");
      for (const record of records) this.#write(record);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw fileErrorUnlessProgramming(this.#path, error);
    }
  }

  /**
   * Copies the database to a file while writes go on. The copy is the database as of one moment, and needs no other
   * file. An SQLite backup by the connection that writes also gets the writes of the meantime
   * (https://sqlite.org/backup.html).
   * @param path a file that exists, so that the caller decides who may read the file.
   * @throws StoreUnavailableError
   */
  async backup(path: string): Promise<void> {
    try {
      await backup(this.#database, path, { rate: PAGES_AT_ONCE });
    } catch (error) {
      throw fileErrorUnlessProgramming(path, error);
    }
  }

  close(): void {
    this.#database.close();
  }

  #read(): JournalImage {
    const rows = (sql: string): StoredRow[] =>
      this.#database
        .prepare(sql)
        .all()
        .map((row) => new StoredRow(row));
    const history = rows("SELECT revision, steps FROM history ORDER BY revision").map((row): Change => ({
      revision: row.number("revision"),
      steps: JSON.parse(row.text("steps")) as Step[],
    }));
    const leases = rows("SELECT id, ttl_ms FROM lease").map((row) => ({
      id: row.text("id"),
      ttlMs: row.number("ttl_ms"),
    }));
    const entries = rows("SELECT * FROM entry").map((row) => ({
      key: row.text("key"),
      value: row.text("value"),
      createRevision: row.number("create_revision"),
      modRevision: row.number("mod_revision"),
      ...(row.has("lease") ? { lease: row.text("lease") } : {}),
    }));
    return { leases, ...(history.length === 0 ? {} : { keys: { entries, history } }) };
  }

  #write(record: JournalRecord): void {
    switch (record.type) {
      case "change":
        return this.#writeChange(record.change);
      case "grant":
        this.#statements.grant.run(record.id, record.ttlMs);
        return;
      case "end-lease":
        this.#statements.endLease.run(record.id);
        return;
      case "compact":
        this.#statements.compact.run(record.revision);
        return;
      default:
        record satisfies never;
    }
  }

  #writeChange({ revision, steps }: Change): void {
    this.#statements.addHistory.run(revision, JSON.stringify(steps));
    for (const { event } of steps) {
      if (event.type === "delete") {
        this.#statements.deleteEntry.run(event.key);
      } else {
        const { key, value, createRevision, modRevision, lease } = event.entry;
        this.#statements.putEntry.run(key, value, createRevision, modRevision, lease ?? null);
      }
    }
  }
}

function statements(database: DatabaseSync): Statements {
  return {
    putEntry: database.prepare("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)"),
    deleteEntry: database.prepare("DELETE FROM entry WHERE key = ?"),
    addHistory: database.prepare("INSERT INTO history VALUES (?, ?)"),
    compact: database.prepare("DELETE FROM history WHERE revision <= ?"),
    grant: database.prepare("INSERT INTO lease VALUES (?, ?)"),
    endLease: database.prepare("DELETE FROM lease WHERE id = ?"),
  };
}
