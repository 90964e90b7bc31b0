import { type Action, anyMachine, duration } from "./action.ts";

/** Faults of a machine's systemd and of its units. */
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
        world.tell("fault", `${host.options.name}'s systemd answers again`);
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
        `${unit} on ${machine.host.options.name} will take ${startMs} ms to start (${start}) and ${stopMs} ms to stop`,
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
      world.tell("fault", `${unit} dies on ${machine.host.options.name} if it runs there`);
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
      world.tell("fault", `an administrator runs systemctl ${what} ${unit} on ${host.options.name}`);
      world.cause({ host: host.options.name, unit });
      if (what === "stop") host.excuse(unit);
      const ask = async (): Promise<void> => {
        const { result } = await host.systemd.admin(what, unit);
        // Restarting a socket whose service runs only stops the socket.
        if (what === "restart" && result === "failed") host.excuse(unit);
      };
      // systemd refuses if it knows only the unit's name, because another unit refers to it.
      void ask().catch(() => {});
    },
  },
  {
    // A package upgrade on the host reloads systemd.
    name: "administrator's reload",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine || machine.host.hang.isOn) return;
      const { systemd, options } = machine.host;
      const isForTarget = random.chance(0.5);
      world.tell("fault", `${options.name} reloads systemd${isForTarget ? " and starts multi-user.target" : ""}`);
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
      world.tell("fault", `an administrator runs systemctl start multi-user.target on ${machine.host.options.name}`);
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
      world.tell("fault", `${host.options.name} gets its own ${unit}`);
      host.addOwnUnit(unit);
      world.timeline.after(duration(world, random), () => {
        world.tell("fault", `${host.options.name} removes its own units`);
        host.removeOwnUnits();
      });
    },
  },
];
