import assert from "node:assert/strict";
import { test } from "node:test";
import { testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";

function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/\t+/));
}

test("list-timers shows each timer's times and machine, also of a timer without a machine", async (t) => {
  const cluster = await testCluster(t);
  const timer = "[Timer]\nOnCalendar=daily\n";
  for (const name of ["a.timer", "nowhere.timer", "idle.timer"]) await cluster.file(name, timer);
  for (const name of ["a.service", "nowhere.service", "idle.service"]) await cluster.file(name);
  await cluster.fleetctl("submit", "idle.timer");
  await cluster.fleetctl("start", "--no-block", "a.timer", "nowhere.timer");
  const fields = "next,last,unit,activates,machine";
  const { stdout, stderr } = await cluster.fleetctl("list-timers", `--fields=${fields}`);
  assert.equal(stderr, "");
  assert.deepEqual(rowsOf(stdout), [
    ["NEXT", "LAST", "UNIT", "ACTIVATES", "MACHINE"],
    ["2026-11-30T12:00:00.000Z", "2026-11-29T12:00:00.000Z", "a.timer", "a.service", HERE],
    ["-", "-", "nowhere.timer", "-", "-"],
  ]);
  const named = await cluster.fleetctl("list-timers", "--no-legend", "--fields=unit", "no*");
  assert.equal(named.stdout, "nowhere.timer\n");
});

test("list-sockets shows a line for each address", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.socket", "[Socket]\nListenStream=/run/a.sock\nListenStream=80\n");
  await cluster.file("a.service");
  await cluster.fleetctl("start", "--no-block", "a.socket");
  assert.deepEqual(rowsOf((await cluster.fleetctl("list-sockets")).stdout), [
    ["LISTEN", "UNIT", "ACTIVATES", "MACHINE"],
    ["/run/a.sock", "a.socket", "a.service", HERE],
    ["[::]:80", "a.socket", "a.service", HERE],
  ]);
});
