import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { FileSecretCopies } from "./file-secret-copies.ts";
import { MemorySecretCopies } from "./memory-secret-copies.ts";
import type { SecretCopies } from "./secret-copies.ts";
import { SecretError } from "./secret-source.ts";

/** A tmpfs on every Linux system. */
const IN_MEMORY = "/dev/shm";

/** The magic number of ext4 (statfs(2)). */
const EXT4 = 0xef53;

const V1 = new Map([
  ["db", { number: 3, value: Buffer.from("db 3") }],
  ["tls.key", { number: 4, value: Buffer.from([0, 255, 10]) }],
]);
const V2 = new Map([["db", { number: 7, value: Buffer.from("db 7") }]]);
const UNIT = "web@a\\x2db.service";

function within(parent: string, use: (directory: string) => void): void {
  const root = mkdtempSync(join(parent, "fleet-secrets-"));
  try {
    use(join(root, "secrets"));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function behaves(copies: SecretCopies): void {
  assert.deepEqual([[...copies.units], copies.heldFor(UNIT), copies.read(UNIT, "db")], [[], undefined, undefined]);
  copies.put(UNIT, V1);
  assert.deepEqual(
    copies.heldFor(UNIT),
    new Map([
      ["db", 3],
      ["tls.key", 4],
    ]),
  );
  assert.deepEqual(copies.read(UNIT, "tls.key"), Buffer.from([0, 255, 10]));
  copies.put(UNIT, V2);
  assert.deepEqual([[...copies.units], copies.heldFor(UNIT)], [[UNIT], new Map([["db", 7]])]);
  assert.deepEqual([copies.read(UNIT, "db")?.toString(), copies.read(UNIT, "tls.key")], ["db 7", undefined]);
  copies.delete(UNIT);
  copies.delete(UNIT);
  assert.deepEqual([[...copies.units], copies.read(UNIT, "db")], [[], undefined]);
}

test("copies in memory behave like copies in files", () => behaves(new MemorySecretCopies()));

describe("copies in files", () => {
  test("show the last values of each unit", () =>
    within(IN_MEMORY, (directory) => behaves(new FileSecretCopies(directory))));

  test("are readable only by the daemon's user, and leave no earlier value", () =>
    within(IN_MEMORY, (directory) => {
      const copies = new FileSecretCopies(directory);
      copies.put(UNIT, V1);
      copies.put(UNIT, V2);
      const modes = [directory, join(directory, UNIT), join(directory, UNIT, "7.db")].map(
        (path) => statSync(path).mode & 0o777,
      );
      assert.deepEqual(modes, [0o700, 0o700, 0o600]);
      assert.deepEqual(readdirSync(join(directory, UNIT)), ["7.db"]);
      copies.delete(UNIT);
      assert.deepEqual(readdirSync(directory), []);
    }));

  test("serve the next process, which ignores what a crash left unfinished", () =>
    within(IN_MEMORY, (directory) => {
      new FileSecretCopies(directory).put(UNIT, V1);
      writeFileSync(join(directory, UNIT, "9.db"), "db 9");
      writeFileSync(join(directory, UNIT, ".new.tmp"), "half");
      const next = new FileSecretCopies(directory);
      assert.deepEqual(
        next.heldFor(UNIT),
        new Map([
          ["db", 9],
          ["tls.key", 4],
        ]),
      );
      assert.equal(next.read(UNIT, "db")?.toString(), "db 9");
      next.put(UNIT, V2);
      assert.deepEqual(readdirSync(join(directory, UNIT)), ["7.db"]);
    }));

  test("are never written to a disk", () =>
    within(IN_MEMORY, (directory) => {
      const copies = new FileSecretCopies(directory, () => EXT4);
      assert.throws(
        () => copies.put(UNIT, V1),
        (error) =>
          error instanceof SecretError && /the directory is on a disk; mount a tmpfs on \/run/.test(error.message),
      );
      assert.deepEqual(readdirSync(directory), []);
    }));
});
