import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { openNativeCalls } from "./native-calls.ts";
import { ownMemory } from "./own-memory.ts";
import { unmapProgram, unwrittenMappings } from "./start-pages.ts";

/** Returns the size of the pages of files in this process, bytes. */
function filePages(): number {
  const [, kB] = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return Number(kB) * 1024;
}

function mapping(head: string, { anonymous = 0, swap = 0 } = {}): string {
  return `${head}\nSize:  8 kB\nRss:  8 kB\nAnonymous:  ${anonymous} kB\nSwap:  ${swap} kB\nVmFlags: rd mr mw me sd \n`;
}

test("a process continues without the pages of its program, and maps those again that it uses", () => {
  const before = filePages();
  const native = openNativeCalls();
  unmapProgram((mapping) => native.unmap(mapping));
  const after = filePages();
  assert.ok(after < before / 2, `${after} of ${before} bytes`);
  assert.equal(JSON.stringify({ answer: Math.sqrt(1764) }), '{"answer":42}');
});

test("the pages that this process has written to stay", () => {
  const { length } = unwrittenMappings(readFileSync("/proc/self/smaps", "latin1"), readlinkSync("/proc/self/exe"));
  assert.ok(length >= 2, `${length} mappings`);
});

test("only read-only mappings of the file without pages of the process are unmapped", () => {
  const smaps = [
    mapping("00400000-00402000 r--p 00000000 fe:00 7                    /opt/the node/bin"),
    mapping("00402000-00403000 r-xp 00002000 fe:00 7                    /opt/the node/bin"),
    mapping("00403000-00404000 r--p 00003000 fe:00 7                    /opt/the node/bin", { anonymous: 4 }),
    mapping("00404000-00405000 r--p 00004000 fe:00 7                    /opt/the node/bin", { swap: 4 }),
    mapping("00405000-00406000 rw-p 00005000 fe:00 7                    /opt/the node/bin"),
    mapping("00406000-00407000 rwxp 00006000 fe:00 7                    /opt/the node/bin"),
    mapping("7fff00000000-7fff00001000 r-xp 00000000 fe:00 8            /opt/another"),
    mapping("7fff00001000-7fff00002000 r-xp 00000000 00:00 0 "),
    mapping("7fff00002000-7fff00003000 r-xp 00000000 00:00 0            [vdso]"),
  ].join("");
  assert.deepEqual(unwrittenMappings(smaps, "/opt/the node/bin"), [
    { address: 0x400000, bytes: 0x2000 },
    { address: 0x402000, bytes: 0x1000 },
  ]);
  // A kernel that does not tell what a process has written.
  assert.deepEqual(unwrittenMappings(smaps.replaceAll(/Swap.*\n/g, ""), "/opt/the node/bin"), []);
});

test("a process's own memory grows with what it allocates", () => {
  const before = ownMemory();
  const bytes = Buffer.alloc(32 * 1024 * 1024, 1);
  assert.ok(ownMemory() - before > bytes.length / 2);
});
