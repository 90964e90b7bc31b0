import type { Random } from "../random.ts";

/** The units that clients fight over. */
export const UNITS: readonly string[] = [
  "a.service",
  "b.service",
  "c.service",
  "d.service",
  "job.service",
  "web@1.service",
  "web@2.service",
  "all.service",
];

/** Those that may never be active twice, beside few others: in some histories only. */
export const EXCLUSIVE_UNITS: readonly string[] = ["one.service", "two.service", "three.service"];

/** A unit file for one of them: few enough options that two clients often mean the same, or nearly. */
export function unitFile(unit: string, random: Random): string {
  const service = unit === "job.service" ? ["Type=oneshot", "ExecStart=/bin/true"] : ["ExecStart=/bin/sleep 1000"];
  const comment = random.chance(0.2) ? ["# a comment"] : [];
  const description = random.chance(0.5) ? ["[Unit]", `Description=${random.below(3)}`] : [];
  const lines = [...comment, ...description, "[Service]", ...service, "[X-Fleet]", ...xFleet(unit, random)];
  return `${lines.join("\n")}\n`;
}

function xFleet(unit: string, random: Random): string[] {
  const other = random.pick(UNITS);
  const zone = `MachineMetadata=zone=${random.pick(["a", "b"])}`;
  if (EXCLUSIVE_UNITS.includes(unit)) return ["Exclusive=true", ...exclusive(unit, zone, random)];
  if (unit === "all.service") return ["Global=true", ...(random.chance(0.4) ? [zone] : [])];
  switch (random.below(10)) {
    case 0:
      return [`Conflicts=${other}`];
    case 1:
      return ["Conflicts=web@*.service"];
    case 2:
      return [zone];
    case 3:
      return other === "all.service" || other === unit ? [] : [`MachineOf=${other}`];
    case 4:
      return other === "all.service" || other === unit || !random.chance(0.5) ? [] : [`Replaces=${other}`];
    case 5:
      return unit.startsWith("web@") ? ["Conflicts=web@*.service", zone] : [];
    default:
      return [];
  }
}

function exclusive(unit: string, zone: string, random: Random): string[] {
  switch (random.below(6)) {
    case 0:
      return [zone];
    case 1:
      return [`Conflicts=${random.pick(UNITS)}`];
    case 2:
      return unit === "one.service" ? ["MachineOf=two.service"] : ["MachineOf=a.service"];
    default:
      return [];
  }
}
