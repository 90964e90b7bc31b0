import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { removeFile, replaceFile } from "./replace-file.ts";

test("a file is there whole, with the time that it is given, and nothing else is", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-file-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "a.service");
  replaceFile(path, "of before, and longer");
  replaceFile(path, "Grüße", 1_000_000_000);
  assert.equal(readFileSync(path, "utf8"), "Grüße");
  assert.equal(statSync(path).mtimeMs, 1_000_000_000_000);
  assert.deepEqual(readdirSync(directory), ["a.service"]);
});

test("removeFile: removes a file, does nothing where there is none, and names what it could not remove", () => {
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

test("replaceFile: names the file that could not be written, and not the unfinished one", () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-nowhere-"));
  replaceFile(join(directory, "file"), "x");
  const path = join(directory, "file", "a.service");
  assert.throws(() => replaceFile(path, "x"), { code: "ENOTDIR", message: new RegExp(`open '${path}'$`) });
  rmSync(directory, { recursive: true });
});

test("replaceFile: makes a directory again that somebody has removed", () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-removed-"));
  const path = join(directory, "units", "a.service");
  replaceFile(path, "x", 1_000_000_000);
  assert.equal(readFileSync(path, "utf8"), "x");
  rmSync(join(directory, "units"), { recursive: true });
  replaceFile(path, "y");
  assert.equal(readFileSync(path, "utf8"), "y");
  rmSync(directory, { recursive: true });
});
