import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter } from "./line-splitter.ts";

test("lines do not depend on where chunks end, not even within a character", () => {
  const text = "one\n\ntwö\n€uro\nno end";
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.add(bytes.subarray(at, at + size)));
    assert.deepEqual([...lines, splitter.pending], text.split("\n"));
  }
});
