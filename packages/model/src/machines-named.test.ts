import assert from "node:assert/strict";
import { test } from "node:test";
import { describeMachine, describeMachines, machinesNamed } from "./machines-named.ts";

const web = { id: "113f16a7000000000000000000000001", hostname: "web1.example.com", primaryIP: "10.0.0.1" };
const db = { id: "113f99990000000000000000000000002", hostname: "db", primaryIP: "fd00::2" };
const away = { id: "db00000000000000000000000000003" };
const bare = { id: "m1", hostname: "", primaryIP: "" };
const machines = [web, db, away, bare];

for (const [about, text, meant] of [
  ["the whole ID", web.id, [web]],
  ["a beginning of the ID", "113f16a7", [web]],
  ["a beginning in capitals", "113F16", [web]],
  ["a beginning of two IDs", "113f", [web, db]],
  ["an ID as a listing shows it", "113f16a7...", [web]],
  ["an ID as a listing with addresses shows it", "113f16a7.../10.0.0.1", [web]],
  ["a UUID", "113f16a7-0000-0000-0000-000000000001", [web]],
  ["the host name", "WEB1.example.com", [web]],
  ["the first label of the host name", "web1", [web]],
  ["another part of the host name", "example", []],
  ["the address", "10.0.0.1", [web]],
  ["an IPv6 address", "fd00::2", [db]],
  ["a beginning of an address", "10.0.0", []],
  ["a host name that is also a beginning of another ID", "db", [db, away]],
  ["an ID of another form", "m1", [bare]],
  ["nothing", "", []],
  ["dots only", "...", []],
  ["dashes only", "--", []],
] as const)
  test(`${about} names ${meant.length} machines`, () => assert.deepEqual(machinesNamed(machines, text), meant));

test("a machine is described by all its names", () => {
  assert.equal(describeMachine(web), "113f16a7... (web1.example.com, 10.0.0.1)");
  assert.equal(describeMachine(away), "db000000...");
});

test("machines whose short IDs are the same are described by their whole IDs", () => {
  const twin = { ...db, id: `${web.id.slice(0, -1)}9` };
  assert.deepEqual(describeMachines([web, twin]), [
    `${web.id} (web1.example.com, 10.0.0.1)`,
    `${twin.id} (db, fd00::2)`,
  ]);
  assert.deepEqual(describeMachines([web, db]).length, 2);
});
