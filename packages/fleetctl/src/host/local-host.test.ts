import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CommandError } from "../command-error.ts";
import { localHost } from "./local-host.ts";

test("a file that cannot be written is named with the reason, and nothing of it remains", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flotilla-host-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "conf"));
  await assert.rejects(localHost.write(join(directory, "conf"), "text", 0o600), (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.equal(error.message, `cannot write ${join(directory, "conf")}: illegal operation on a directory`);
    return true;
  });
  assert.deepEqual(await readdir(directory), ["conf"]);
  await writeFile(join(directory, "file"), "");
  await assert.rejects(localHost.read(join(directory, "file/x")), {
    message: /^cannot read .*file\/x: not a directory$/,
  });
});
