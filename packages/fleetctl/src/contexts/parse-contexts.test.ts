import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../command-error.ts";
import { parseContexts, serialiseContexts } from "./parse-contexts.ts";

const whole = {
  endpoints: ["https://a:1", "https://b:1"],
  caFile: "/ca",
  certFile: "/cert",
  keyFile: "/key",
  tunnel: "bastion",
  sshUsername: "admin",
};

test("a file is read as it was written", () => {
  const contexts = { current: "prod", contexts: new Map([["prod", whole]]) };
  assert.deepEqual(parseContexts(serialiseContexts(contexts), "f"), contexts);
  assert.deepEqual(parseContexts('{"version":1}', "f"), { contexts: new Map() });
});

const one = (fields: object): string =>
  JSON.stringify({ version: 1, contexts: { prod: { endpoints: ["https://a:1"], ...fields } } });

const SECRET = "hunter2-hunter2";

const refused: readonly [text: string, problem: RegExp][] = [
  ["", /line 1 is not JSON; correct the file, or remove it$/],
  [`{\n"version": 1,\n"current": ${SECRET}\n}`, /line 3 is not JSON/],
  [`{\n"version": 1,\n"current": "${SECRET}" "a"\n}`, /line 3 is not JSON/],
  [`{\n"version": 1,\n"current": "${SECRET}\\q"\n}`, /line 3 is not JSON/],
  [`{\n"version": 1,\n"current": "${SECRET}",`, /line 3 is not JSON/],
  [`["${SECRET}"]`, /it is not a JSON object/],
  ["{}", /version is not 1; write "version": 1$/],
  ['{"version":2}', /its format has version 2, and this fleetctl reads version 1; use a newer fleetctl$/],
  ['{"version":1,"curent":"a"}', /: curent is not a known field; correct or remove it \(known: version, current, /],
  ['{"version":1,"contexts":[]}', /contexts is not an object/],
  ['{"version":1,"contexts":{"all":{}}}', /"all" in contexts is not a name: --context all stands for every context/],
  ['{"version":1,"contexts":{"a,b":{}}}', /"a,b" in contexts is not a name: a name has up to 63 of/],
  ['{"version":1,"contexts":{"__proto__":{"endpoints":["x"]}}}', /"__proto__" in contexts is not a name/],
  ['{"version":1,"current":"a"}', /current does not name one of the contexts/],
  ['{"version":1,"current":"constructor"}', /current does not name one of the contexts/],
  ['{"version":1,"contexts":{"prod":{}}}', /contexts\.prod\.endpoints is missing; add a list/],
  ['{"version":1,"contexts":{"prod":null}}', /contexts\.prod is not an object/],
  [one({ endpoints: [] }), /contexts\.prod\.endpoints is not a list of texts, such as/],
  [one({ endpoints: "https://a" }), /contexts\.prod\.endpoints is not a list of texts/],
  [one({ endpoints: [SECRET, 1] }), /contexts\.prod\.endpoints is not a list of texts/],
  [one({ cafile: "/ca" }), /contexts\.prod\.cafile is not a known field; correct or remove it \(known: .*caFile/],
  [one({ tunnel: 7 }), /contexts\.prod\.tunnel is not a text/],
  [one({ ca: "PEM", caFile: "/ca" }), /contexts\.prod has both ca and caFile; keep one/],
  [one({ keyFile: "/key" }), /contexts\.prod has one of certFile and keyFile alone; give both or neither/],
];

for (const [text, problem] of refused) {
  test(`refused, without a quote of the file: ${text.slice(0, 60)}`, () => {
    assert.throws(
      () => parseContexts(text, "/f"),
      (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.message, /^cannot read contexts from \/f: /);
        assert.match(error.message, problem);
        assert.ok(!error.message.includes("hunter"));
        return true;
      },
    );
  });
}
