import { type Action, anyMachine, duration } from "./action.ts";

/** What happens to systemd on a machine, and to its units. */
export const SYSTEMDS: readonly Action[] = [
  {
    name: "bus away",
    weight: 1.5,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine) return;
      const { host } = machine;
      const ms = duration(world, random);
      world.tell("fault", `${host.options.name}'s bus is away for ${ms} ms`);
      world.noteUnsureStarts(host);
      host.systemd.dropBus();
      world.timeline.after(ms, () => {
        host.hang.wake(() => {
          world.tell("fault", `${host.options.name}'s bus is back`);
          host.systemd.restoreBus();
        });
      });
    },
  },
  {
    name: "systemd hangs",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine || machine.host.hang.isOn) return;
      const { host } = machine;
      const { boot } = host.systemd;
      const ms = duration(world, random);
      world.tell("fault", `${host.options.name}'s systemd hangs for ${ms} ms`);
      world.noteUnsureStarts(host);
      host.beginHang();
      world.timeline.after(ms, () => {
        if (host.systemd.boot !== boot) return;
        world.tell("fault", `${host.options.name}'s systemd goes on`);
        world.noteUnsureStarts(host);
        host.endHang();
      });
    },
  },
  {
    name: "job trouble",
    weight: 2,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine) return;
      const unit = random.pick(world.units);
      const start = random.pick(["done", "failed", "timeout"] as const);
      const [startMs, stopMs] = [random.between(1, 20_000), random.between(1, 20_000)];
      machine.host.systemd.behave(unit, { start, startMs, stopMs });
      world.tell(
        "fault",
        `${unit} on ${machine.host.options.name} will start in ${startMs} ms (${start}), stop in ${stopMs} ms`,
      );
    },
  },
  {
    name: "unit dies",
    weight: 1,
    act: ({ world }, random) => {
      const unit = random.pick(world.units);
      const machine = anyMachine(world, random);
      if (!machine || machine.host.ownUnits.has(unit)) return;
      world.tell("fault", `${unit} dies on ${machine.host.options.name}, if it runs`);
      machine.host.hang.wake(() => machine.host.systemd.die(unit));
    },
  },
  {
    name: "administrator",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const unit = random.pick(world.units);
      if (!machine || machine.host.hang.isOn || machine.host.ownUnits.has(unit)) return;
      const { host } = machine;
      if (!host.systemd.files.has(unit) && !host.systemd.units.has(unit)) return;
      const what = random.pick(["start", "stop", "restart"] as const);
      world.tell("fault", `an administrator does systemctl ${what} ${unit} on ${host.options.name}`);
      world.cause({ host: host.options.name, unit });
      if (what === "stop") host.excuse(unit);
      const ask = async (): Promise<void> => {
        const { result } = await host.systemd.admin(what, unit);
        // Of a socket whose service runs, a restart does the first half only: so it is stopped by hand.
        if (what === "restart" && result === "failed") host.excuse(unit);
      };
      // Refused where systemd knows the name only, because another unit names it.
      void ask().catch(() => {});
    },
  },
  {
    // Some package of the host's has been brought up to date, and its scripts see to what that may need.
    name: "administrator's reload",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine || machine.host.hang.isOn) return;
      const { systemd, options } = machine.host;
      const isForTarget = random.chance(0.5);
      world.tell(
        "fault",
        `${options.name} has a daemon-reload${isForTarget ? ", then a start of multi-user.target" : ""}`,
      );
      systemd.reload();
      if (isForTarget) systemd.startTarget("multi-user.target");
    },
  },
  {
    name: "target started",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine || machine.host.hang.isOn) return;
      world.tell("fault", `an administrator does systemctl start multi-user.target on ${machine.host.options.name}`);
      machine.host.systemd.startTarget("multi-user.target");
    },
  },
  {
    name: "host's own unit",
    weight: 0.5,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const unit = random.pick(world.units);
      if (!machine || machine.host.systemd.files.has(unit) || machine.host.systemd.units.has(unit)) return;
      const { host } = machine;
      if (host.hang.isOn) return;
      world.tell("fault", `${host.options.name} gets a ${unit} of its own`);
      host.addOwnUnit(unit);
      world.timeline.after(duration(world, random), () => {
        world.tell("fault", `${host.options.name} gives its own units up`);
        host.removeOwnUnits();
      });
    },
  },
];
