import { unitFile } from "../clients/unit-files.ts";
import { type Action, anyMachine } from "./action.ts";

/** Requests to the API. */
export const REQUESTS: readonly Action[] = [
  {
    name: "start",
    weight: 6,
    act: ({ world, clients }, random) => {
      const unit = random.pick(world.units);
      const by = anyMachine(world, random);
      if (by) clients.put(by, unit, { file: unitFile(unit, random, world.flavour), desiredState: "launched" });
    },
  },
  {
    name: "start many",
    weight: 2,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      const count = 2 + random.below(8);
      for (let each = 0; by && each < count; each++) {
        const unit = random.pick(world.units);
        clients.put(by, unit, { file: unitFile(unit, random, world.flavour), desiredState: "launched" });
      }
    },
  },
  {
    name: "replace",
    weight: 3,
    act: ({ world, clients }, random) => {
      const unit = random.pick(world.units);
      const by = anyMachine(world, random);
      if (by) clients.put(by, unit, { file: unitFile(unit, random, world.flavour), replace: true });
    },
  },
  {
    name: "set desired state",
    weight: 3,
    act: ({ world, clients }, random) => {
      const desiredState = random.pick(["inactive", "loaded", "launched", "launched"] as const);
      const by = anyMachine(world, random);
      if (by) clients.put(by, random.pick(world.units), { desiredState });
    },
  },
  {
    name: "restart",
    weight: 2,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.put(by, random.pick(world.units), { desiredState: "launched", restart: true });
    },
  },
  {
    name: "use API v1",
    weight: 1,
    act: ({ world, clients }, random) => {
      const unit = random.pick(world.units);
      const desired = random.pick(["inactive", "loaded", "launched"] as const);
      const by = anyMachine(world, random);
      if (by) clients.putV1(by, unit, random.chance(0.5) ? unitFile(unit, random, world.flavour) : undefined, desired);
    },
  },
  {
    name: "destroy",
    weight: 1.5,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.destroy(by, random.pick(world.units));
    },
  },
  {
    name: "edit metadata",
    weight: 1,
    act: ({ world, clients }, random) => {
      const [by, of] = [anyMachine(world, random), anyMachine(world, random)];
      if (by && of) clients.editMetadata(by, of, random.pick(["a", "b", undefined]));
    },
  },
  {
    name: "release a hold",
    weight: 0.3,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.releaseHold(by);
    },
  },
  {
    name: "read",
    weight: 2,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.read(by, random.pick(world.units));
    },
  },
];
