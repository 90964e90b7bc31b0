import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../config/load-config.ts";
import { setOptions, withOptions } from "./edit-config.ts";

const cases = [
  ["an empty file", "", "store=etcd\n"],
  ["another value", "# Why.\nstore=embedded\nverbosity=1\n", "# Why.\nstore=etcd\nverbosity=1\n"],
  ["no last newline", "verbosity=1", "verbosity=1\nstore=etcd\n"],
  ["blanks and quotes", ' "store" = "embedded" ; old\n', "store=etcd\n"],
  ["a comment with the option", "# store=embedded\n; store=x\n", "# store=embedded\n; store=x\nstore=etcd\n"],
  ["several lines", "store=a\nstore=b\n", "store=a\nstore=etcd\n"],
  ["a longer name", "store_path=/a\n", "store_path=/a\nstore=etcd\n"],
  ["lines as Windows ends them", "store=embedded\r\nverbosity=1\r\n", "store=etcd\r\nverbosity=1\r\n"],
] as const;
for (const [what, before, after] of cases)
  test(`an option is set in a file with ${what}`, () => {
    assert.equal(withOptions(before, { store: "etcd" }), after);
  });

test("a path with special characters is read back as it was set, from a file that keeps its mode and its link", async () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-conf-"));
  const [file, link] = [join(directory, "real.conf"), join(directory, "fleet.conf")];
  writeFileSync(file, "etcd_password=secret\n", { mode: 0o640 });
  symlinkSync(file, link);
  setOptions(link, { store: "embedded", store_path: "/a b/#c;d.db" });
  const config = await loadConfig({ file, required: true, environment: {} });
  assert.deepEqual([config.store, config.store_path, config.etcd_password], ["embedded", "/a b/#c;d.db", "secret"]);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  const fresh = join(directory, "etc/fleet.conf");
  setOptions(fresh, { store: "etcd" });
  assert.equal(readFileSync(fresh, "utf8"), "store=etcd\n");
  rmSync(directory, { recursive: true });
});
