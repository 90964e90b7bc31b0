import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench } from "./bench.ts";

/** References between units: which unit keeps another one loaded, and which starts another one. */
export function unitReferences(bench: Bench): void {
  const start = async (name: string): Promise<string> =>
    (await bench.harness.waitFor(bench.manager.start(name))).result;
  const stop = async (...names: readonly string[]): Promise<void> => {
    await bench.harness.waitFor(Promise.all(names.map((name) => bench.manager.stop(name))));
    await bench.harness.waitFor(Promise.all(names.map((name) => bench.manager.remove(name))));
  };
  const change = (name: string): Promise<void> =>
    bench.manager.write(name, `${bench.harness.unit(name, "running")}# changed\n`);

  it("forgets a stopped unit that no unit refers to, and loads its new file", async () => {
    const name = await bench.write("running");
    assert.equal(await start(name), "done");
    await bench.harness.waitFor(bench.manager.stop(name));
    await change(name);
    assert.equal(await bench.manager.needsReload([name]), false);
    await stop(name);
  });

  it("keeps a stopped unit as loaded while a running unit refers to it", async () => {
    const wanted = await bench.write("running");
    const holder = "contract-holder.service";
    await bench.manager.write(holder, `[Unit]\nWants=${wanted}\n${bench.harness.unit(holder, "running")}`);
    assert.equal(await start(holder), "done");
    await bench.harness.until("both to run", () => bench.states(wanted) === "active/running");
    await bench.harness.waitFor(bench.manager.stop(wanted));
    await change(wanted);
    assert.equal(await bench.manager.needsReload([wanted]), true);
    await stop(holder);
    assert.equal(await bench.manager.needsReload([wanted]), false);
    await stop(wanted);
  });

  it("starts no trigger before systemd has loaded the triggered unit", async () => {
    const name = "contract-early.path";
    await bench.manager.write(name, bench.harness.pathText(name));
    assert.equal(await start(name), "failed");
    assert.equal(bench.states(name), "inactive/dead");
    const service = "contract-early.service";
    await bench.manager.write(service, bench.harness.unit(service, "running"));
    assert.equal(await start(name), "done");
    await stop(name, service);
  });

  it("starts a unit each time its trigger fires, also after a stop", async () => {
    const { path, service } = await bench.writePath();
    assert.equal(await start(path), "done");
    assert.equal(bench.states(path), "active/waiting");
    for (let times = 0; times < 2; times += 1) {
      await bench.harness.fire(path);
      await bench.harness.until("the service to run", () => bench.states(service) === "active/running");
      await bench.harness.until("the path to have fired", () => bench.states(path) === "active/running");
      await bench.harness.waitFor(bench.manager.stop(service));
      await bench.harness.until("the path to wait", () => bench.states(path) === "active/waiting");
    }
    await stop(path, service);
  });

  it("refuses a socket while its service runs", async () => {
    const service = await bench.write("running");
    const socket = service.replace(".service", ".socket");
    await bench.manager.write(socket, `[Socket]\nListenStream=@flotilla-${socket}\n`);
    assert.equal(await start(service), "done");
    assert.equal(await start(socket), "failed");
    assert.equal(bench.states(socket), "inactive/dead");
    await bench.harness.waitFor(bench.manager.stop(service));
    assert.equal(await start(socket), "done");
    assert.equal(bench.states(socket), "active/listening");
    await stop(socket, service);
  });

  it("starts a socket before the service that it wants and triggers", async () => {
    const service = await bench.write("running");
    const socket = service.replace(".service", ".socket");
    await bench.manager.write(socket, `[Unit]\nWants=${service}\n[Socket]\nListenStream=@flotilla-${socket}\n`);
    assert.equal(await start(socket), "done");
    await bench.harness.until("the service to run", () => bench.states(service) === "active/running");
    assert.match(bench.states(socket), /^active\/(listening|running)$/);
    await stop(socket, service);
  });

  it("starts a unit with the target that wants it after a reload", async () => {
    const target = await bench.harness.addTarget();
    const name = "contract-wanted.service";
    const text = bench.harness.unit(name, "running");
    await bench.manager.write(name, `${text}[Install]\nWantedBy=${target}\n`);
    await bench.manager.enable(name);
    await bench.manager.load(name);
    await bench.harness.startTarget(target);
    assert.equal(bench.states(name), "inactive/dead");
    await bench.harness.reloadByHand();
    await bench.harness.startTarget(target);
    await bench.harness.until("the unit to run", () => bench.states(name) === "active/running");
    await stop(name);
  });
}
