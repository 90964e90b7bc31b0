import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FILE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";

test("edit replaces the file by the text that the editor saved", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("start", "hello.service");
  const edit = (change: (text: string, path: string) => string | Promise<string>, editorCode = 0) =>
    cluster.fleetctlWith(
      {
        variables: { EDITOR: "my editor" },
        runProgram: async (command) => {
          const path = command.at(-1) ?? "";
          assert.deepEqual(command.slice(0, 3), ["sh", "-c", 'my editor "$1"']);
          await writeFile(path, await change(await readFile(path, "utf8"), path));
          return editorCode;
        },
      },
      "edit",
      "hello",
    );
  assert.deepEqual(await edit((text) => text), {
    code: 0,
    stdout: "",
    stderr: "unit hello.service was not changed\n",
  });
  const changed = FILE.replace("1000", "2000");
  assert.deepEqual(await edit(() => changed), {
    code: 0,
    stdout: `Unit hello.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.equal((await cluster.fleetctl("cat", "hello")).stdout, changed);

  for (const [change, message, editorCode] of [
    [() => "Dear systemd,\n", /hello\.service: line 1: /, 0],
    [() => `${FILE}# half done`, /the editor \(my editor\) failed with exit code 3/, 3],
    [
      async () => {
        await cluster.file("hello.service", FILE.replace("1000", "3000"));
        await cluster.fleetctl("start", "--replace", "hello.service");
        return `${FILE}# mine`;
      },
      /^cannot replace unit hello\.service: another client changed it meanwhile/,
      0,
    ],
  ] as const) {
    let written = "";
    const finished = await edit(async () => (written = await change()), editorCode);
    assert.equal(finished.code, 1);
    assert.match(finished.stderr, message);
    if (editorCode !== 0) continue;
    const [, path = ""] = /nothing was changed; your text is in (.+)\n/.exec(finished.stderr) ?? [];
    assert.equal(await readFile(path, "utf8"), written);
    await rm(join(path, ".."), { recursive: true });
  }
  assert.match((await cluster.fleetctl("cat", "hello")).stdout, /3000/);
});
