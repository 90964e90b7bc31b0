import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench } from "./bench.ts";

/** Removal: nothing can start a removed unit, even when another unit keeps it loaded. */
export function unitRemoval(bench: Bench): void {
  /** Writes a unit that another one wants, starts both, and stops the first. */
  const writeWanted = async (): Promise<{ readonly name: string; readonly holder: string }> => {
    const name = await bench.write("running");
    const holder = `holds-${name}`;
    await bench.manager.write(holder, `[Unit]\nWants=${name}\n${bench.harness.unit(holder, "running")}`);
    await bench.harness.waitFor(bench.manager.start(holder));
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.harness.waitFor(bench.manager.stop(name));
    return { name, holder };
  };

  const removeHolder = async (holder: string): Promise<void> => {
    await bench.harness.waitFor(bench.manager.stop(holder));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(holder)), true);
  };

  it("kills the processes that a stopped unit has left", async () => {
    const [name, other] = [await bench.write("lingering"), await bench.write("running")];
    for (const unit of [name, other]) {
      await bench.harness.waitFor(bench.manager.start(unit));
      await bench.harness.waitFor(bench.manager.stop(unit));
    }
    assert.equal(await bench.harness.waitFor(bench.manager.killLeftovers(name)), 1);
    assert.equal(await bench.harness.waitFor(bench.manager.killLeftovers(name)), 0);
    assert.equal(await bench.harness.waitFor(bench.manager.killLeftovers(other)), 0);
    for (const unit of [name, other]) assert.equal(await bench.harness.waitFor(bench.manager.remove(unit)), true);
  });

  it("removes a stopped unit", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.harness.waitFor(bench.manager.stop(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    assert.ok(!bench.manager.list().has(name));
    await bench.harness.startByHand(name);
    assert.equal(await bench.harness.isActive(name), false);
  });

  it("prevents a start of a removed unit by a unit that keeps it loaded", async () => {
    const { name, holder } = await writeWanted();
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    assert.ok(!bench.manager.list().has(name));
    await bench.harness.startByHand(name);
    assert.equal(await bench.harness.isActive(name), false);
    await bench.harness.stopByHand(holder);
    await bench.harness.startByHand(holder);
    assert.equal(await bench.harness.isActive(holder), true);
    assert.equal(await bench.harness.isActive(name), false);
    await removeHolder(holder);
  });

  it("starts a unit with its new content after a removal during which another unit kept it loaded", async () => {
    const { name, holder } = await writeWanted();
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    await bench.manager.write(name, bench.harness.unit(name, "oneshot"));
    if (await bench.manager.needsReload([name])) await bench.manager.reload();
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
    assert.equal(bench.states(name), "inactive/dead");
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    await removeHolder(holder);
  });

  it("lists a removed unit while it runs", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), false);
    assert.equal(bench.states(name), "active/running");
    assert.equal(bench.unit(name).text, "");
    assert.equal((await bench.harness.waitFor(bench.manager.stop(name))).result, "done");
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    assert.ok(!bench.manager.list().has(name));
    await bench.harness.startByHand(name);
    assert.equal(await bench.harness.isActive(name), false);
  });

  it("finds and removes a unit whose removal another process has not completed", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), false);
    const other = await bench.harness.connect();
    assert.equal(other.list().get(name)?.text, "");
    assert.equal(other.list().get(name)?.activeState, "active");
    await bench.harness.waitFor(other.stop(name));
    assert.equal(await bench.harness.waitFor(other.remove(name)), true);
    assert.ok(!other.list().has(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
    assert.ok(!bench.manager.list().has(name));
  });

  it("writes a unit again whose removal is not complete, and leaves it running", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), false);
    await bench.manager.write(name, bench.harness.unit(name, "running"));
    if (await bench.manager.needsReload([name])) await bench.manager.reload();
    assert.equal(bench.states(name), "active/running");
    await bench.harness.waitFor(bench.manager.stop(name));
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
    await bench.harness.waitFor(bench.manager.stop(name));
    assert.equal(await bench.harness.waitFor(bench.manager.remove(name)), true);
  });
}
