import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { test } from "node:test";

/** The modules loaded at run time, without imports of types. */
const IMPORT = /^(?:import|export)(?! type\b)(?:[^;]*?from)? "([^"]+)";/gm;

test("the client loads neither a schema library nor a server, so that fleetctl starts at once", async () => {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const visit = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, target = ""] of (await readFile(file, "utf8")).matchAll(IMPORT)) {
      if (target.startsWith(".")) await visit(new URL(target, file));
      else if (!isBuiltin(target)) outside.add(target);
    }
  };
  await visit(new URL("index.ts", import.meta.url));
  assert.deepEqual([...outside].sort(), ["@flotilla/model", "@flotilla/runtime"]);
  assert.ok(seen.size > 5);
});
