import assert from "node:assert/strict";
import { test } from "node:test";
import { optionIn, withOptions } from "./fleet-conf.ts";

test("options are set below what is there, and replaced lines become comments", () => {
  const text = '# a comment\nmetadata="zone=a"\nstore=embedded\n store = "etcd"\n#servers=x\n\n';
  const wanted =
    '# a comment\nmetadata="zone=a"\n# store=embedded\n#  store = "etcd"\n#servers=x\n\nservers=["10.0.0.1:7333"]\n';
  assert.equal(withOptions(text, { servers: '["10.0.0.1:7333"]' }, ["store"]), wanted);
  assert.equal(withOptions(wanted, { servers: "b" }, []).match(/^servers=/gm)?.length, 1);
  assert.equal(withOptions("", { store: "embedded" }, []), "store=embedded\n");
});

test("the last line of an option counts, without quotes", () => {
  const text = "store=a\nstore = \"b\"\n# store=c\nmetadata='x=y'\n";
  assert.deepEqual(
    ["store", "metadata", "servers"].map((name) => optionIn(text, name)),
    ["b", "x=y", undefined],
  );
});
