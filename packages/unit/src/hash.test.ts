import assert from "node:assert/strict";
import { test } from "node:test";
import { digestText, hashOptions } from "./hash.ts";
import { parseUnitFile } from "./parse.ts";

/** The first hash is from fleet's tests. The others are `sha1sum` of go-systemd's layout, written by hand. */
const HASHES: readonly { readonly text: string; readonly hash: string }[] = [
  { text: "[Service]\nExecStart=/bin/sleep 100\n", hash: "1c6fb6f3684bafb0c173d8b8b957ceff031180c1" },
  { text: "# twice\n[Service]\r\nExecStart = /bin/sleep 100", hash: "1c6fb6f3684bafb0c173d8b8b957ceff031180c1" },
  {
    text: "[Unit]\nDescription=Größe\n[Service]\nExecStart=/bin/sh -c \\\n  'a'\n[Unit]\nAfter=b.service\n[X-Fleet]\nGlobal=true\n",
    hash: "c214778a45391ccc8fecd87341dce5a715f07629",
  },
  { text: "[Service]\nExecStart=a \\\n\n[X-Fleet]\nGlobal=\n", hash: "224ddc67a747dc9b13c51e5e9251af15cbee2268" },
  {
    // go-systemd ends ExecStopPre= at #pang; systemd continues after it. The serialised text and its hash are the same.
    text: '[Service]\nExecStart=echo \\\n  "pi\\\n  ng"\nExecStop=\\\necho "po\\\nng"\n# x\nExecStopPre=echo\\\n#pang\nExecStopPost=echo\\\n#peng\\\npung\n',
    hash: "483bcaab628b930c1a6be193984699cc6bcb012e",
  },
];

for (const { text, hash } of HASHES) {
  test(`hashOptions of ${JSON.stringify(text.slice(0, 40))} is ${hash.slice(0, 7)}`, () => {
    assert.equal(hashOptions(parseUnitFile(text).options), hash);
  });
}

test("hashOptions of no options is the hash of the empty text", () => {
  assert.equal(hashOptions([]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
});

test("digestText is the SHA-256 of the text's bytes, comments included", () => {
  assert.equal(digestText("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(digestText("ä"), "33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
});
