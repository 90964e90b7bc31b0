import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJournalEntry, type MergedOutput, parseJournalEntry } from "./journal-entry.ts";

const LINE = JSON.stringify({
  __REALTIME_TIMESTAMP: "1700000000123456",
  _HOSTNAME: "h1",
  SYSLOG_IDENTIFIER: "web",
  _PID: "42",
  MESSAGE: "one\ntwo",
});
const entry = parseJournalEntry(LINE, "web.service@113f16a7");
assert.ok(entry);

const texts: Readonly<Record<Exclude<MergedOutput, "json">, RegExp>> = {
  short: /^web\.service@113f16a7: Nov 1[45] \d\d:\d\d:20 h1 web\[42\]: one\n {50,}two$/,
  "short-precise": /^web\.service@113f16a7: Nov 1[45] \d\d:\d\d:20\.123456 h1 web\[42\]: one\n/,
  "short-iso": /^web\.service@113f16a7: 2023-11-1[45]T\d\d:\d\d:20[+-]\d\d:\d\d h1 web\[42\]: one\n/,
  "short-unix": /^web\.service@113f16a7: 1700000000\.123456 h1 web\[42\]: one\n/,
  cat: /^web\.service@113f16a7: one\ntwo$/,
};
for (const [output, text] of Object.entries(texts)) {
  test(`as ${output}`, () => assert.match(formatJournalEntry(entry, output as MergedOutput), text));
}

test("as json, with where it is from", () => {
  const read = JSON.parse(formatJournalEntry(entry, "json")) as Record<string, unknown>;
  assert.equal(read["source"], "web.service@113f16a7");
  assert.equal(read["MESSAGE"], "one\ntwo");
});

test("what is no text in a field is shown all the same", () => {
  const shown = (fields: object): string => {
    const odd = parseJournalEntry(JSON.stringify({ _HOSTNAME: "h", SYSLOG_IDENTIFIER: "x", ...fields }), "u");
    return odd ? formatJournalEntry(odd, "cat") : "";
  };
  assert.equal(shown({ MESSAGE: [104, 105, 255] }), "u: hi\ufffd");
  assert.equal(shown({ MESSAGE: ["first", "second"] }), "u: first");
  assert.equal(shown({ MESSAGE: null }), "u: ");
  assert.equal(parseJournalEntry("-- No entries --", "u"), undefined);
});
