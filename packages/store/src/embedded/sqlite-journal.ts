import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { isProgrammingError, messageOf } from "@flotilla/runtime";
import type { Change, Step } from "../local/change.ts";
import type { Journal, JournalImage, JournalRecord } from "../local/journal.ts";
import { StoreRefusedError, StoreUnavailableError } from "../port/store-error.ts";
import { StoredRow } from "./stored-row.ts";

/** `entry` holds the current state, `history` one row per revision with its steps as JSON. */
const SCHEMA = `
  CREATE TABLE entry (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    mod_revision INTEGER NOT NULL,
    lease TEXT
  ) STRICT;
  CREATE TABLE history (revision INTEGER PRIMARY KEY, steps TEXT NOT NULL) STRICT;
  CREATE TABLE lease (id TEXT PRIMARY KEY, ttl_ms INTEGER NOT NULL) STRICT;
`;
const SCHEMA_VERSION = 1;

interface Statements {
  readonly putEntry: StatementSync;
  readonly deleteEntry: StatementSync;
  readonly addHistory: StatementSync;
  readonly compact: StatementSync;
  readonly grant: StatementSync;
  readonly endLease: StatementSync;
}

/** A journal in an SQLite file, which one process locks. `append` returns when the records are on the disk. */
export class SqliteJournal implements Journal {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  /**
   * Opens the file, or creates it. Only its owner can read it, because the store holds the private keys of the cluster.
   * @throws StoreUnavailableError when another process uses the file, or it cannot be opened; StoreRefusedError when a newer
   * Flotilla wrote it.
   */
  constructor(path: string) {
    this.#path = path;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      closeSync(openSync(path, "a", 0o600));
      this.#database = new DatabaseSync(path);
    } catch (error) {
      throw unavailable(path, error);
    }
    try {
      this.#prepareFile();
      this.#statements = statements(this.#database);
    } catch (error) {
      this.#database.close();
      throw error instanceof StoreRefusedError ? error : unavailableUnlessProgramming(path, error);
    }
  }

  load(): JournalImage {
    try {
      return this.#read();
    } catch (error) {
      throw unavailable(this.#path, error);
    }
  }

  append(records: readonly JournalRecord[]): void {
    try {
      this.#database.exec("BEGIN");
      for (const record of records) this.#write(record);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw unavailableUnlessProgramming(this.#path, error);
    }
  }

  close(): void {
    this.#database.close();
  }

  #prepareFile(): void {
    // FULL with a write-ahead log: a commit returns after fsync (https://sqlite.org/pragma.html#pragma_synchronous).
    this.#database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    this.#database.exec("BEGIN EXCLUSIVE");
    const version = this.#version();
    if (version > SCHEMA_VERSION) {
      throw new StoreRefusedError(
        `The store ${this.#path} was written by a newer Flotilla (format ${version}; this one knows ${SCHEMA_VERSION}). ` +
          "Use that version, or another file.",
      );
    }
    if (version === 0) this.#database.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    this.#database.exec("COMMIT");
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

  #version(): number {
    const row = this.#database.prepare("PRAGMA user_version").get();
    return row === undefined ? 0 : new StoredRow(row).number("user_version");
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

/** Returns an error in the program as it is: it does not blame the disk. */
function unavailableUnlessProgramming(path: string, thrown: unknown): unknown {
  const isSqlites = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_SQLITE_ERROR";
  return isSqlites || !isProgrammingError(thrown) ? unavailable(path, thrown) : thrown;
}

function unavailable(path: string, thrown: unknown): StoreUnavailableError {
  const message = messageOf(thrown);
  if (message.includes("database is locked")) {
    return new StoreUnavailableError(
      `The store ${path} is in use by another process, most likely another fleetd. Stop that one, or name another file.`,
      { cause: thrown },
    );
  }
  return new StoreUnavailableError(
    `The store ${path} cannot be used: ${message}. Check the disk's space, the file's owner, and that it is a Flotilla store.`,
    { cause: thrown },
  );
}
