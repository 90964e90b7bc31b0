import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { basename, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { Cgroup } from "./cgroup.ts";
import { run } from "./command.ts";
import { CommandError, type Host, Lab, RunningCommand, waitFor } from "./index.ts";
import { Slot } from "./slot.ts";

suite("lab hosts", () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.boot({ hosts: 2, install: (host) => host.disk.write("/etc/installed", host.name) });
  });
  after(() => lab.down());

  test("have their own machine ID, name, files and D-Bus", async () => {
    const [first, second] = [lab.host(1), lab.host(2)];
    assert.notEqual(await first.machineId(), await second.machineId());
    assert.equal((await first.run(["hostname"])).stdout, "h1\n");
    assert.equal(await first.readFile("/etc/installed"), "h1");
    assert.equal((await first.run(["systemctl", "is-active", "dbus.socket"])).stdout, "active\n");
  });

  test("do not share control groups", async () => {
    const [first, second] = [lab.host(1), lab.host(2)];
    for (const host of [first, second]) await host.run(["systemd-run", "--unit=same", "sleep", "infinity"]);
    await first.run(["systemctl", "stop", "same.service"]);
    assert.equal(await second.isActive("same.service"), true);
    assert.equal(await first.isActive("same.service"), false);
  });

  test("run commands, with input, output and exit code", async () => {
    const host = lab.host(1);
    assert.deepEqual(await host.run(["cat"], { input: "hello" }), { code: 0, stdout: "hello", stderr: "" });
    assert.equal((await host.run(["sh", "-c", "exit 3"], { check: false })).code, 3);
    await assert.rejects(host.run(["sh", "-c", "echo no >&2; exit 3"]), (error) => {
      assert(error instanceof CommandError);
      assert.match(error.message, /ended with 3: no/);
      return true;
    });
    assert.equal((await host.run(["sleep", "60"], { timeoutMs: 50, check: false })).code, 128 + 9);
  });

  test("stream the output of a long-running command", async () => {
    await using following = lab.host(1).spawn(["journalctl", "--follow", "--lines=0", "--output=cat", "-t", "probe"]);
    const lines = following.lines()[Symbol.asyncIterator]();
    // journalctl does not report when it is ready: log until a line shows.
    const logging = new AbortController();
    const logged = (async () => {
      while (!logging.signal.aborted) await lab.host(1).run(["systemd-cat", "-t", "probe", "echo", "seen"]);
    })();
    assert.equal((await lines.next()).value, "seen");
    logging.abort();
    await logged;
  });

  test("resolve symbolic links in their own file system when a file is written", async () => {
    const host = lab.host(1);
    await host.writeFile("/var/run/some/dir/file", "text");
    assert.equal(await host.readFile("/run/some/dir/file"), "text");
    assert.equal(existsSync("/run/some/dir/file"), false);
  });

  test("show the journal of one unit", async () => {
    await lab.host(1).run(["systemd-run", "--wait", "--unit=talk", "echo", "said it"]);
    assert.match(await lab.host(1).journal("talk.service"), /^said it$/m);
  });

  test("have the same disk and machine ID, a new boot ID and an empty /run after a power cut", async () => {
    const host = lab.host(1);
    const [machineId, bootId] = [await host.machineId(), await host.bootId()];
    await host.writeFile("/etc/kept", "kept");
    await host.writeFile("/run/lost", "lost");
    await host.powerCut();
    assert.equal(host.isOn, false);
    await host.powerOn();
    assert.equal(await host.machineId(), machineId);
    assert.notEqual(await host.bootId(), bootId);
    assert.equal(await host.readFile("/etc/kept"), "kept");
    assert.equal((await host.run(["test", "-e", "/run/lost"], { check: false })).code, 1);
  });

  test("reach this machine at the same MAC address when another host is gone", async () => {
    const ownMac = () =>
      Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .find(({ address }) => address === lab.address)?.mac;
    const before = ownMac();
    assert.ok(before);
    for (const host of lab.hosts) {
      await host.powerCut();
      assert.equal(ownMac(), before);
      await host.powerOn();
    }
  });

  test("stop units before they shut down", async () => {
    const host = lab.host(1);
    await host.run(["systemd-run", "--unit=last", "--property=ExecStop=touch /etc/stopped", "sleep", "infinity"]);
    await host.shutdown();
    await host.powerOn();
    assert.equal((await host.run(["test", "-e", "/etc/stopped"], { check: false })).code, 0);
  });

  test("lose packets in one or both directions", async () => {
    const host = lab.host(1);
    await using link = await Link.between(lab.address, host);
    const passes = async (): Promise<object> => ({ in: await link.passesIn(), out: await link.passesOut() });
    assert.deepEqual(await passes(), { in: true, out: true });
    await host.cutNetwork("in");
    assert.deepEqual(await passes(), { in: false, out: true });
    await host.healNetwork();
    await host.cutNetwork("out");
    assert.deepEqual(await passes(), { in: true, out: false });
    await host.healNetwork();
    await host.cutNetwork();
    assert.deepEqual(await passes(), { in: false, out: false });
    await host.healNetwork();
    assert.deepEqual(await passes(), { in: true, out: true });
  });

  test("cannot reach a server while its address is cut off", async () => {
    const server = await lab.serverAddress(1);
    await using link = await Link.between(server.ip, lab.host(1));
    assert.equal(await link.passesOut(), true);
    await server.cutOff();
    assert.equal(await link.passesOut(), false);
    await server.reconnect();
    assert.equal(await link.passesOut(), true);
  });

  test("are repaired after every kind of fault", async () => {
    const host = lab.host(1);
    assert.equal(await host.repair(), false);
    const troubles = [
      () => host.powerCut(),
      () => host.cutNetwork(),
      () => host.freeze(),
      async () => host.freezeSystemd(),
    ];
    for (const begin of troubles) {
      await begin();
      assert.equal(await host.repair(), true);
      await host.run(["systemctl", "is-active", "dbus.socket"]);
    }
  });

  test("pause while frozen, and continue when thawed", async () => {
    const host = lab.host(1);
    const leader = host.leader;
    await host.freeze();
    assert.equal((await host.run(["true"], { check: false, timeoutMs: 200 })).code, 128 + 9);
    await host.thaw();
    await host.run(["true"]);
    assert.equal(host.leader, leader);
  });
});

suite("labs", () => {
  test("run at the same time without conflicts", async () => {
    await using one = await Lab.boot({ hosts: 1 });
    await using other = await Lab.boot({ hosts: 1 });
    assert.notEqual(one.host(1).ip, other.host(1).ip);
    assert.notEqual(one.directory, other.directory);
  });

  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    test(`leave nothing behind when their process is killed by ${signal}`, async () => {
      const program = `
        const { Lab } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
        const lab = await Lab.boot({ hosts: 1 });
        await lab.host(1).freeze();
        await lab.spawn("server", ["sleep", "12345"]);
        console.log(lab.directory);
        setInterval(() => {}, 1000);`;
      await using owner = new RunningCommand([process.execPath, "--input-type=module", "--eval", program]);
      const directory = String((await owner.lines()[Symbol.asyncIterator]().next()).value);
      const slot = new Slot(Number(basename(directory)));
      assert.notDeepEqual(await traces(slot), []);
      owner.kill(signal);
      await waitFor("the lab's cleanup", async () => (await traces(slot)).length === 0);
    });
  }
});

/** Sends datagrams between this machine and a host, and shows which of them arrive. */
class Link {
  readonly #host: Host;
  readonly #socket: Socket;

  private constructor(host: Host, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
  }

  /**
   * Opens a link to a host.
   * @param address one of this machine's addresses.
   */
  static async between(address: string, host: Host): Promise<Link> {
    const socket = createSocket("udp4");
    const bound = once(socket, "listening");
    socket.bind(0, address);
    await bound;
    return new Link(host, socket);
  }

  async passesIn(): Promise<boolean> {
    const before = await this.#datagramsToClosedPorts();
    this.#socket.send("x", 9, this.#host.ip);
    return becomesTrue(async () => (await this.#datagramsToClosedPorts()) > before);
  }

  async passesOut(): Promise<boolean> {
    let arrived = false;
    this.#socket.once("message", () => (arrived = true));
    const { address, port } = this.#socket.address();
    await this.#host.run(["bash", "-c", `echo x > /dev/udp/${address}/${port}`]);
    return becomesTrue(() => arrived);
  }

  /** Reads NoPorts from proc(5), /proc/net/snmp: the field after InDatagrams in the second Udp line. */
  async #datagramsToClosedPorts(): Promise<number> {
    return Number(/^Udp: \d+ (\d+)/m.exec(await this.#host.readFile("/proc/net/snmp"))?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}

async function becomesTrue(predicate: () => boolean | Promise<boolean>): Promise<boolean> {
  const arrived = waitFor("a datagram", predicate, { timeoutMs: 300 });
  return arrived.then(
    () => true,
    () => false,
  );
}

/** Returns the traces of a lab on this machine: processes, interfaces, control groups, files. */
async function traces(slot: Slot): Promise<string[]> {
  const [links, mounts, groups, cgroup] = await Promise.all([
    run(["ip", "-o", "link", "show"]),
    readFile("/proc/self/mounts", "utf8"),
    Cgroup.legacyRoot(),
    Cgroup.root(),
  ]);
  return [
    ...links.stdout.split("\n").filter((line) => line.includes(`${slot.bridge}:`)),
    ...mounts.split("\n").filter((line) => line.includes(`${slot.directory}/`)),
    ...[cgroup, groups].flatMap((top) => (top?.child(slot.cgroup).exists ? [top.child(slot.cgroup).path] : [])),
    ...[slot.directory].filter((path) => existsSync(path)),
  ];
}
