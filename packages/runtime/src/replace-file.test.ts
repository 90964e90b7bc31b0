import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { removeFile, replaceFile } from "./replace-file.ts";

test("replaceFile: writes the whole file with the given time and leaves no other file", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-file-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "a.service");
  replaceFile(path, "of before, and longer");
  replaceFile(path, "Grüße", 1_000_000_000);
  assert.equal(readFileSync(path, "utf8"), "Grüße");
  assert.equal(statSync(path).mtimeMs, 1_000_000_000_000);
  assert.deepEqual(readdirSync(directory), ["a.service"]);
});

test("removeFile: removes a file, ignores a missing one, and names a file that it cannot remove", () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-remove-"));
  const path = join(directory, "file");
  replaceFile(path, "x");
  removeFile(path);
  removeFile(path);
  assert.throws(
    () => removeFile(directory),
    (error: NodeJS.ErrnoException) => {
      assert.ok(error.message.includes(directory));
      return error.code === "EISDIR" || error.code === "EPERM";
    },
  );
  rmSync(directory, { recursive: true });
});

test("replaceFile: the error names the file, not the unfinished one", () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-nowhere-"));
  replaceFile(join(directory, "file"), "x");
  const path = join(directory, "file", "a.service");
  assert.throws(() => replaceFile(path, "x"), { code: "ENOTDIR", message: new RegExp(`open '${path}'$`) });
  rmSync(directory, { recursive: true });
});

test("replaceFile: creates a missing directory", () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-removed-"));
  const path = join(directory, "units", "a.service");
  replaceFile(path, "x", 1_000_000_000);
  assert.equal(readFileSync(path, "utf8"), "x");
  rmSync(join(directory, "units"), { recursive: true });
  replaceFile(path, "y");
  assert.equal(readFileSync(path, "utf8"), "y");
  rmSync(directory, { recursive: true });
});
