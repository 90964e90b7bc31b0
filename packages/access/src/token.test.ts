import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatToken, parseToken, tokenHash } from "./token.ts";

const PIN = "ab".repeat(32);
const TEXT = `fleet1.${PIN}.abcdefgh01.${"A".repeat(43)}`;

test("a token has the pin, the ID and the secret", () => {
  const token = { pin: PIN, id: "abcdefgh01", secret: "A".repeat(43) };
  assert.deepEqual(parseToken(TEXT), token);
  assert.equal(formatToken(token), TEXT);
});

for (const text of [
  "",
  "fleet1",
  `${TEXT}x`,
  TEXT.slice(0, -1),
  TEXT.toUpperCase(),
  TEXT.replace("fleet1", "fleet2"),
  `${TEXT}\n`,
])
  test(`${JSON.stringify(text.slice(-60))} is no token`, () => assert.equal(parseToken(text), undefined));

test("no text is parsed as a token that is written otherwise", () => {
  const part = fc.constantFrom("fleet1", ".", PIN, "abcdefgh01", "A".repeat(43), "", " ");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const token = parseToken(parts.join(""));
      assert.ok(token === undefined || formatToken(token) === parts.join(""));
    }),
  );
});

test("the hash is SHA-256 of the secret", () => {
  assert.equal(tokenHash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
