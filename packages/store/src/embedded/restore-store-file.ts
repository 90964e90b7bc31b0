import { chmodSync, constants, copyFileSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "@flotilla/runtime";
import { KeySpace } from "../local/key-space.ts";
import type { Revision } from "../port/index.ts";
import { StoreRefusedError, StoreUnavailableError } from "../port/store-error.ts";
import { fileError, fileErrorUnlessProgramming } from "./file-error.ts";
import { SqliteJournal } from "./sqlite-journal.ts";
import { StoredRow } from "./stored-row.ts";

/** A store that was restored. */
export interface RestoredStore {
  readonly revision: Revision;
  readonly keys: number;
  /** The file with the former store; undefined if there was none. */
  readonly former: string | undefined;
}

/**
 * Puts a copy of a store's database in the place of the store. The former store stays beside it.
 * @param from the copy, as `EmbeddedStore.backup` makes it.
 * @param to the store's file, which no process may use.
 * @throws StoreUnavailableError when a process uses the store, or a file cannot be read or written; StoreRefusedError
 * when the copy is damaged or not a store, or a former store is in the way. The store is unchanged then.
 */
export function restoreStoreFile(from: string, to: string): RestoredStore {
  const [unfinished, old] = [`${to}.restoring`, `${to}.old`];
  if (!existsSync(from))
    throw new StoreRefusedError(`there is no file ${from}; give a file of fleetctl backup --store`);
  const former = existsSync(to) ? old : undefined;
  if (former !== undefined && existsSync(former))
    throw new StoreRefusedError(`${former} is in the way: it holds the store before an earlier restore; move it away`);
  try {
    copy(from, unfinished);
    requireIntact(unfinished, from);
    const restored = measure(unfinished, from);
    if (former !== undefined) setAside(to, former);
    renameSync(unfinished, to);
    return { ...restored, former };
  } catch (error) {
    const isExplained = error instanceof StoreRefusedError || error instanceof StoreUnavailableError;
    throw isExplained ? error : fileErrorUnlessProgramming(to, error);
  } finally {
    remove(unfinished);
  }
}

function copy(from: string, to: string): void {
  try {
    remove(to);
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    // The copy holds the private key of the cluster's authority.
    chmodSync(to, 0o600);
  } catch (error) {
    throw fileError(from, error);
  }
}

/** @throws StoreRefusedError when the file is damaged, or a database of another program. */
function requireIntact(file: string, from: string): void {
  const { version, bytes, problems } = inspect(file, from);
  if (problems[0] !== "ok") throw damaged(from, problems.slice(0, 3).join("; "));
  if (version === 0)
    throw new StoreRefusedError(`${from} is not a store of Flotilla; give a file of fleetctl backup --store`);
  // SQLite itself accepts a file whose last page is cut.
  const { size } = statSync(file);
  if (size !== bytes) throw damaged(from, `it has ${size} bytes instead of ${bytes}`);
}

interface Findings {
  readonly version: number;
  /** The size of the database by its own head. */
  readonly bytes: number;
  /** The one word `ok`, or what is wrong (https://sqlite.org/pragma.html#pragma_integrity_check). */
  readonly problems: readonly string[];
}

function inspect(file: string, from: string): Findings {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = (pragma: string): StoredRow[] =>
        database
          .prepare(`PRAGMA ${pragma}`)
          .all()
          .map((row) => new StoredRow(row));
      const number = (pragma: string): number => rows(pragma)[0]?.number(pragma) ?? 0;
      return {
        problems: rows("integrity_check").map((row) => row.text("integrity_check")),
        version: number("user_version"),
        bytes: number("page_count") * number("page_size"),
      };
    } finally {
      database.close();
    }
  } catch (error) {
    throw damaged(from, messageOf(error));
  }
}

/**
 * Reads the whole store, as a daemon does when it starts.
 * @throws StoreRefusedError
 */
function measure(file: string, from: string): { readonly revision: Revision; readonly keys: number } {
  const journal = new SqliteJournal(file);
  try {
    const { keys } = journal.load();
    return { revision: new KeySpace(keys).revision, keys: keys?.entries.length ?? 0 };
  } catch (error) {
    throw damaged(from, messageOf(error));
  } finally {
    // Moves SQLite's log into the file.
    journal.close();
  }
}

/** @throws StoreUnavailableError when a process uses the store. */
function setAside(to: string, former: string): void {
  // Opens the store alone, and moves SQLite's log into the file.
  new SqliteJournal(to).close();
  renameSync(to, former);
}

function damaged(from: string, why: string): StoreRefusedError {
  return new StoreRefusedError(`${from} is damaged: ${why}; use another backup`);
}

/** Removes a database and SQLite's two files beside it. */
function remove(file: string): void {
  for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
}
