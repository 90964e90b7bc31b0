import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { FleetReader } from "./fleet-reader.ts";

/** Starts a server that answers each path with the given text. */
async function fleetWith(t: TestContext, answers: Readonly<Record<string, string>>): Promise<FleetReader> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(answer ?? '{"error":{"code":404,"message":""}}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reader = new FleetReader({ endpoints: [`http://127.0.0.1:${port}`], requestTimeoutMs: 1000 });
  t.after(() => {
    reader.close();
    server.close();
  });
  return reader;
}

test("all pages are read, a unit on two pages appears once, and omitted fields are empty", async (t) => {
  const unit = (name: string) => ({ name, desiredState: "loaded", options: [{ section: "Service", name: "User" }] });
  const reader = await fleetWith(t, {
    "/fleet/v1/units": JSON.stringify({ units: [unit("b.service"), unit("c.service")], nextPageToken: "a/+=" }),
    "/fleet/v1/units?nextPageToken=a%2F%2B%3D": JSON.stringify({ units: [unit("c.service"), unit("a.service")] }),
    "/fleet/v1/machines": JSON.stringify({ machines: [{ id: "m", metadata: { k: "v" } }, { id: "n" }] }),
  });
  const units = await reader.listUnits();
  assert.deepEqual(
    units.map(({ name }) => name),
    ["a.service", "b.service", "c.service"],
  );
  assert.deepEqual(units[0]?.options, [{ section: "Service", name: "User", value: "" }]);
  assert.deepEqual(await reader.listMachines(), [
    { id: "m", metadata: { k: "v" } },
    { id: "n", metadata: {} },
  ]);
});

test("an empty list is an empty object", async (t) => {
  const reader = await fleetWith(t, { "/fleet/v1/units": "{}", "/fleet/v1/machines": "{}" });
  assert.deepEqual([await reader.listUnits(), await reader.listMachines()], [[], []]);
});

test("an answer of another program than fleet is reported as not-fleetd", async (t) => {
  for (const answer of [
    "<html>",
    "[]",
    '{"units":{}}',
    '{"units":[1]}',
    '{"units":[{"name":"a.service","desiredState":"dead"}]}',
    '{"units":[{"desiredState":"loaded"}]}',
    '{"units":[],"nextPageToken":7}',
  ]) {
    const reader = await fleetWith(t, { "/fleet/v1/units": answer });
    await assert.rejects(reader.listUnits(), { code: "not-fleetd" }, answer);
  }
  const reader = await fleetWith(t, {});
  await assert.rejects(reader.listUnits(), { status: 404 });
});

test("reading an endless list fails", async (t) => {
  const again = '{"nextPageToken":"x"}';
  const reader = await fleetWith(t, { "/fleet/v1/units": again, "/fleet/v1/units?nextPageToken=x": again });
  await assert.rejects(reader.listUnits(), /does not end/);
});
