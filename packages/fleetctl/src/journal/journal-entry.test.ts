import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJournalEntry, type RenderedOutput, parseJournalEntry } from "./journal-entry.ts";

const LINE = JSON.stringify({
  __REALTIME_TIMESTAMP: "1700000000123456",
  _HOSTNAME: "h1",
  SYSLOG_IDENTIFIER: "web",
  _PID: "42",
  MESSAGE: "one\ntwo",
});
const entry = parseJournalEntry(LINE, "web.service@113f16a7");
assert.ok(entry);

const texts: Readonly<Record<Exclude<RenderedOutput, "json">, RegExp>> = {
  short: /^web\.service@113f16a7: Nov 1[45] \d\d:\d\d:20 h1 web\[42\]: one\n {50,}two$/,
  "short-precise": /^web\.service@113f16a7: Nov 1[45] \d\d:\d\d:20\.123456 h1 web\[42\]: one\n/,
  "short-iso": /^web\.service@113f16a7: 2023-11-1[45]T\d\d:\d\d:20[+-]\d\d:\d\d h1 web\[42\]: one\n/,
  "short-unix": /^web\.service@113f16a7: 1700000000\.123456 h1 web\[42\]: one\n/,
  cat: /^web\.service@113f16a7: one\ntwo$/,
};
for (const [output, text] of Object.entries(texts)) {
  test(`as ${output}`, () => assert.match(formatJournalEntry(entry, output as RenderedOutput), text));
}

test("as json, with the source", () => {
  const read = JSON.parse(formatJournalEntry(entry, "json")) as Record<string, unknown>;
  assert.equal(read["source"], "web.service@113f16a7");
  assert.equal(read["MESSAGE"], "one\ntwo");
});

test("a message is shown like journalctl does: without colours, tabs as blanks, binary data by its size", () => {
  const shown = (message: unknown): string | undefined => {
    const odd = parseJournalEntry(JSON.stringify({ __REALTIME_TIMESTAMP: "1", MESSAGE: message }), "");
    return odd && /unknown: (.*)$/s.exec(formatJournalEntry(odd, "short"))?.[1];
  };
  assert.equal(shown("\u001b[31mred\u001b[0m\tblue"), "red        blue");
  assert.equal(shown([...Buffer.from("\u001b[1mbold\u001b[0m")]), "bold");
  assert.equal(shown([0, 1, 2]), "[3B blob data]");
  assert.equal(shown([255, 254]), "[2B blob data]");
  assert.equal(shown("ä\u0007"), "[3B blob data]");
});

test("entries show their time of origin, and are sorted by their time of arrival", () => {
  const fields = { __REALTIME_TIMESTAMP: "1700000001000000", _SOURCE_REALTIME_TIMESTAMP: "1700000000000001" };
  const read = parseJournalEntry(JSON.stringify({ ...fields, __CURSOR: "s=1;i=2" }), "");
  assert.deepEqual([read?.time, read?.cursor], [1_700_000_001_000_000, "s=1;i=2"]);
  assert.match(read ? formatJournalEntry(read, "short-unix") : "", /^1700000000\.000001 /);
});

test("fields without text are shown", () => {
  const shown = (fields: object): string => {
    const odd = parseJournalEntry(JSON.stringify({ _HOSTNAME: "h", SYSLOG_IDENTIFIER: "x", ...fields }), "u");
    return odd ? formatJournalEntry(odd, "cat") : "";
  };
  assert.equal(shown({ MESSAGE: [104, 105, 255] }), "u: hi\ufffd");
  assert.equal(shown({ MESSAGE: ["first", "second"] }), "u: first");
  assert.equal(shown({ MESSAGE: null }), "u: ");
  assert.equal(parseJournalEntry("-- No entries --", "u"), undefined);
});
