import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "@flotilla/model";
import { brief } from "../fixture/apply.ts";
import { cluster, snapshotOf, unitWith } from "../fixture/cluster.ts";
import { decide, explain } from "../decide.ts";
import { execStartRule } from "./exec-start.ts";

const docker = unitWith("a.service", ["[Service]", "ExecStart=/usr/bin/docker run redis"], "launched", 1);
const [bare] = cluster("m1").machines.values();

function machine(id: string, more: Partial<Machine> = {}): Machine {
  assert.ok(bare);
  return { ...bare, id, ...more };
}

/** A machine, and whether it can run docker. */
const CASES: readonly (readonly [more: Partial<Machine>, passes: boolean])[] = [
  [{}, true],
  [{ capabilities: { has: ["docker"] } }, true],
  [{ capabilities: { has: ["podman", "docker"] } }, true],
  [{ capabilities: { has: [] } }, false],
  [{ capabilities: {} }, false],
  [{ capabilities: { has: ["podman"] } }, false],
  [{ capabilities: { has: [] }, metadata: { has: "docker" } }, true],
  [{ capabilities: { has: ["docker"] }, metadata: { has: "gpu" } }, true],
  [{ capabilities: { has: [] }, metadata: { has: "gpu" } }, false],
];

for (const [more, passes] of CASES) {
  test(`a machine with ${JSON.stringify(more)} ${passes ? "takes" : "rejects"} a unit that runs docker`, () => {
    assert.equal(execStartRule.check(docker, machine("m1", more)) === undefined, passes);
  });
}

test("a unit that runs docker goes to a machine that has docker, else the reason names it", () => {
  const without = machine("m1", { capabilities: { has: ["podman"] } });
  const having = machine("m2", { capabilities: { has: ["docker"] } });
  const clusterOf = (machines: readonly Machine[]) =>
    snapshotOf({ machines, units: [docker], assignments: [], states: [] });
  const [decision] = decide(clusterOf([without, having]));
  assert.equal(decision && brief(decision), "place a m2");
  assert.deepEqual(explain(clusterOf([without]), "a.service"), [
    "a.service cannot be placed",
    "1 machine: ExecStart names docker, which it does not have",
    "the nearest fix: install docker on a machine such as m1 and reload fleet there (systemctl reload fleet), or set metadata has=docker",
  ]);
});

test("capabilities are metadata with any number of values, and a value that people gave takes their place", () => {
  const ask = (expression: string) =>
    unitWith("b.service", ["[X-Fleet]", `MachineMetadata=${expression}`], "launched", 1);
  const machines = [
    machine("m1", { capabilities: { has: ["docker", "podman"], kernel: ["6.1.0-18-amd64"], arch: ["x86-64"] } }),
  ];
  const places = (expression: string): boolean => {
    const units = [ask(expression)];
    return decide(snapshotOf({ machines, units, assignments: [], states: [] }))[0]?.kind === "place";
  };
  for (const met of ["has=docker", "has=podman", '"has in docker" "has in podman"', "kernel>=6.1", "arch!=arm64"])
    assert.ok(places(met), met);
  for (const missed of ["has=lxc", "has!=docker", "kernel>=6.2", "has not exists"]) assert.ok(!places(missed), missed);
  machines[0] = machine("m1", { capabilities: { has: ["docker"] }, metadata: { has: "gpu" } });
  assert.ok(places("has=gpu"));
  assert.ok(!places("has=docker"));
});
