import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { notingOrigin, startedFrom } from "./started-from.ts";

test("only a unit type with processes has a note of its origin, in the section of the type", () => {
  assert.equal(notingOrigin("a.service"), "\n[Service]\nLogExtraFields=FLEET_UNIT_FILE=%y\n");
  assert.match(notingOrigin("a@b.c.socket"), /^\n\[Socket\]\n/);
  for (const unit of ["a.timer", "a.path", "a.target"]) assert.equal(notingOrigin(unit), "");
});

test("the note is found among other fields; undefined without a note", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-origin-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const put = (unit: string, bytes: Buffer): void => writeFileSync(join(directory, `log-extra-fields:${unit}`), bytes);
  const field = (text: string): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  put("a.service", Buffer.concat([field("TEAM=é\nFLEET_UNIT_FILE=/no"), field("FLEET_UNIT_FILE=/run/a.service")]));
  put("b.service", field("TEAM=b"));
  put("c.service", Buffer.from("cut"));
  put("d.service", Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 65]));
  const found = ["a", "b", "c", "d", "none"].map((name) => startedFrom(`${name}.service`, directory));
  assert.deepEqual(found, ["/run/a.service", undefined, undefined, undefined, undefined]);
});
