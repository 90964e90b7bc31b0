import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Demand, missingRight, missingOutright } from "./decide.ts";
import type { Grant, Caller } from "./caller.ts";
import { describeMissing } from "./missing-right.ts";
import { type Verb, VERBS, verbsFor } from "./verbs.ts";

const DEPLOYER: Grant = { role: "deployer", units: ["web*"], machineMetadata: {}, users: [] };
const token = (grant: Grant): Caller => ({ kind: "token", id: "i", name: "ci", grant });
const callers = {
  local: { kind: "local" },
  open: { kind: "open" },
  viewer: token({ role: "viewer" }),
  operator: token({ role: "operator" }),
  deployer: token(DEPLOYER),
  admin: { kind: "certificate", name: "ann", grant: { role: "admin" } },
  machine: { kind: "machine", machineID: "m1" },
} as const satisfies Readonly<Record<string, Caller>>;

type Who = keyof typeof callers;

/** Who may do what on the unit web.service; the other tests are about other units and machines. */
const RIGHTS: Readonly<Record<Verb, readonly Who[]>> = {
  read: ["local", "open", "viewer", "operator", "deployer", "admin"],
  status: ["local", "open", "viewer", "operator", "deployer", "admin", "machine"],
  journal: ["local", "open", "viewer", "operator", "deployer", "admin", "machine"],
  submit: ["local", "open", "deployer", "admin"],
  destroy: ["local", "open", "deployer", "admin"],
  start: ["local", "open", "operator", "deployer", "admin"],
  load: ["local", "open", "operator", "deployer", "admin"],
  stop: ["local", "open", "operator", "deployer", "admin"],
  unload: ["local", "open", "operator", "deployer", "admin"],
  restart: ["local", "open", "operator", "deployer", "admin"],
  reload: ["local", "open", "operator", "deployer", "admin"],
  kill: ["local", "open", "operator", "deployer", "admin"],
  "reset-failed": ["local", "open", "operator", "deployer", "admin"],
  move: ["local", "open", "operator", "deployer", "admin"],
  drain: ["local", "open", "operator", "admin"],
  metadata: ["local", "open", "operator", "admin"],
  "release-hold": ["local", "open", "operator", "admin"],
  "remove-machine": ["local", "open", "admin"],
  "rotate-ca": ["local", "open", "admin"],
  secrets: ["local", "open", "admin"],
  store: ["local", "open", "admin"],
  audit: ["local", "open", "admin"],
  tokens: ["local", "open", "admin"],
};

for (const [verb, wanted] of Object.entries(RIGHTS))
  test(`who may ${verb}`, () => {
    const demand: Demand = { verb: verb as Verb, unit: "web.service", machines: ["m1"] };
    const may = (Object.keys(callers) as Who[]).filter((who) => !missingRight(callers[who], demand));
    assert.deepEqual(may, wanted);
  });

const CHANGES = (Object.keys(VERBS) as Verb[]).filter((verb) => !["read", "status", "journal"].includes(verb));
const verb = fc.constantFrom(...(Object.keys(VERBS) as Verb[]));
const unit = fc.option(fc.constantFrom("web.service", "db.service", "web@1.service", "*", ""), { nil: undefined });
const machines = fc.array(fc.constantFrom("m1", "m2"), { maxLength: 3 });

test("a viewer and a machine never change anything", () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHANGES), unit, machines, (change, name, where) => {
      for (const who of [callers.viewer, callers.machine])
        assert.ok(missingRight(who, { verb: change, unit: name, machines: where }));
    }),
  );
});

test("a deployer changes only units of its patterns", () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHANGES), unit, (change, name) => {
      if (missingRight(callers.deployer, { verb: change, unit: name })) return;
      assert.ok(VERBS[change].on === "unit" && (name === undefined || name.startsWith("web")));
    }),
  );
});

test("a machine sees only units that are on no other machine", () => {
  fc.assert(
    fc.property(verb, unit, machines, (any, name, where) => {
      if (missingRight(callers.machine, { verb: any, unit: name, machines: where })) return;
      assert.ok(where.length > 0 && where.every((one) => one === "m1"), where.join());
    }),
  );
});

test("who is refused outright is refused, and each refusal names the right", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(callers)), verb, unit, machines, (who, any, name, where) => {
      const demand: Demand = { verb: any, unit: name, machines: where };
      const refusal = missingRight(who, demand);
      if (missingOutright(who, demand)) assert.ok(refusal);
      if (refusal) assert.ok(describeMissing(refusal).startsWith(`the right "${any}`));
    }),
  );
});

test("a refusal says what to do", () => {
  const said = (who: Caller, demand: Demand): string | undefined => {
    const refusal = missingRight(who, demand);
    return refusal && describeMissing(refusal);
  };
  assert.equal(
    said(callers.viewer, { verb: "start", unit: "web.service" }),
    'the right "start web.service" is missing: token ci (viewer) has a role without it; ' +
      "use a token with the role operator or deployer or admin",
  );
  assert.equal(
    said(callers.deployer, { verb: "start", unit: "db.service" }),
    'the right "start db.service" is missing: token ci (deployer) is limited to units that match web*; ' +
      "choose such a name, or use another token",
  );
});

test("every verb is on units or on the cluster", () => {
  assert.deepEqual(new Set([...verbsFor("unit"), ...verbsFor("cluster")]), new Set(Object.keys(VERBS)));
});
