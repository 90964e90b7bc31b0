import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreRefusedError } from "../port/store-error.ts";
import { fileError, fileErrorUnlessProgramming } from "./file-error.ts";
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

/**
 * Opens and locks the file of the store, or creates it. Only its owner can read it, because the store holds the private
 * keys of the cluster.
 * @throws StoreUnavailableError when another process uses the file, or the file cannot be opened; StoreRefusedError
 * when a newer Flotilla wrote the file.
 */
export function openStoreFile(path: string): DatabaseSync {
  const database = openDatabase(path);
  try {
    prepare(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof StoreRefusedError ? error : fileErrorUnlessProgramming(path, error);
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
    return new DatabaseSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  // FULL with a write-ahead log: a commit returns after fsync (https://sqlite.org/pragma.html#pragma_synchronous).
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("BEGIN EXCLUSIVE");
  const version = versionOf(database);
  if (version > SCHEMA_VERSION) {
    throw new StoreRefusedError(
      `the store ${path} was written by a newer Flotilla (format ${version}; this one knows ${SCHEMA_VERSION}); ` +
        "use that version, or another file",
    );
  }
  if (version === 0) database.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec("COMMIT");
}

function versionOf(database: DatabaseSync): number {
  const row = database.prepare("PRAGMA user_version").get();
  return row === undefined ? 0 : new StoredRow(row).number("user_version");
}
