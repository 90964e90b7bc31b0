import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isUnitName, parseUnitName, unloadableName, type UnitName } from "./name.ts";
import { UnitNameError } from "./unit-name-error.ts";

const ACCEPTED: readonly UnitName[] = [
  { name: "foo.service", prefix: "foo", type: "service", isTemplate: false },
  { name: "foo@.service", prefix: "foo", type: "service", isTemplate: true },
  { name: "foo@1.socket", prefix: "foo", instance: "1", type: "socket", template: "foo@.socket", isTemplate: false },
  { name: "a@b@c.timer", prefix: "a", instance: "b@c", type: "timer", template: "a@.timer", isTemplate: false },
  { name: "foo.1@2.path", prefix: "foo.1", instance: "2", type: "path", template: "foo.1@.path", isTemplate: false },
  { name: "a@x.y.target", prefix: "a", instance: "x.y", type: "target", template: "a@.target", isTemplate: false },
  { name: "yo.yo.service", prefix: "yo.yo", type: "service", isTemplate: false },
  { name: "hello:world_1-2.service", prefix: "hello:world_1-2", type: "service", isTemplate: false },
  { name: "var-lib-a\\x2db.mount", prefix: "var-lib-a\\x2db", type: "mount", isTemplate: false },
  { name: "-.slice", prefix: "-", type: "slice", isTemplate: false },
  { name: `${"0".repeat(248)}.service`, prefix: "0".repeat(248), type: "service", isTemplate: false },
];

for (const expected of ACCEPTED) {
  test(`parseUnitName accepts ${expected.name.slice(0, 40)}`, () => {
    assert.deepEqual(parseUnitName(expected.name), expected);
    assert.equal(isUnitName(expected.name), true);
  });
}

for (const type of "automount busname device mount path scope service slice snapshot socket swap target timer".split(
  " ",
)) {
  test(`a ${type} is a unit type`, () => {
    assert.equal(parseUnitName(`foo.${type}`).type, type);
    const isTemplateType = ["path", "service", "socket", "target", "timer"].includes(type);
    assert.equal(isUnitName(`foo@1.${type}`), isTemplateType);
    assert.equal(isUnitName(`foo@.${type}`), isTemplateType);
  });
}

const REFUSED: readonly { readonly name: string; readonly message: RegExp }[] = [
  { name: "", message: /is empty/ },
  { name: `${"0".repeat(249)}.service`, message: /has 257 characters: at most 256 are allowed/ },
  { name: "x".repeat(100_000), message: /has 100000 characters/ },
  { name: "fooservice", message: /"fooservice" has no suffix/ },
  { name: "bar@foo", message: /has no suffix/ },
  { name: "foo.", message: /ends in a dot/ },
  { name: "foo@foo.service.", message: /ends in a dot/ },
  { name: ".", message: /ends in a dot/ },
  { name: "..", message: /ends in a dot/ },
  { name: "foo.bar", message: /ends in "\.bar", which is not a unit type/ },
  { name: "foo.servICE", message: /not a unit type/ },
  { name: "foo.constructor", message: /not a unit type/ },
  { name: ".service", message: /nothing before its suffix/ },
  { name: "../x.service", message: /contains "\/"/ },
  { name: "yes/no.service", message: /contains "\/"/ },
  { name: "foo%.service", message: /contains "%"/ },
  { name: "foo bar.service", message: /contains " "/ },
  { name: "foo.service\n", message: /contains "\\n"/ },
  { name: "a\0.service", message: /contains "\\u0000"/ },
  { name: "größe.service", message: /contains "ö"/ },
  { name: "📦.service", message: /contains "📦"/ },
  { name: "@foo.service", message: /begins with "@"/ },
  { name: "@.service", message: /begins with "@"/ },
  { name: "foo@1.mount", message: /a mount cannot be a template/ },
];

for (const { name, message } of REFUSED) {
  test(`parseUnitName refuses ${JSON.stringify(name.slice(0, 40))}`, () => {
    assert.equal(isUnitName(name), false);
    assert.throws(
      () => parseUnitName(name),
      (error) => error instanceof UnitNameError && error.code === "bad-unit-name" && message.test(error.message),
    );
  });
}

test("systemd can load a unit whose name has up to 255 bytes", () => {
  assert.equal(unloadableName(`${"0".repeat(247)}.service`), undefined);
  assert.match(
    unloadableName(`${"0".repeat(248)}.service`) ?? "",
    /has 256 bytes: systemd and Linux accept at most 255;/,
  );
});

test("a valid name is a safe file name", () => {
  const piece = fc.constantFrom("/", "..", ".", "a", "@", "\\", "service", ".service", "%2f", "\0");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const name = pieces.join("");
      if (isUnitName(name)) assert.doesNotMatch(name, /[/\0]|^\.{0,2}$/);
    }),
  );
});
