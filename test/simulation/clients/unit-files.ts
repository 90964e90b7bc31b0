import { isTrigger } from "@flotilla/unit";
import type { Random } from "../random.ts";

/** Units that all clients change. */
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

/** Exclusive units. Only some histories have them, together with few other units. */
export const EXCLUSIVE_UNITS: readonly string[] = ["one.service", "two.service", "three.service"];

/** Triggers of units above. */
export const TRIGGERS: readonly string[] = ["a.timer", "b.socket", "job.path"];

/** Triggers of exclusive units. */
export const EXCLUSIVE_TRIGGERS: readonly string[] = ["one.timer", "two.socket"];

/** Options that only the unit files of some histories have. */
export interface Flavour {
  /** Timers, sockets and paths. */
  readonly triggers: boolean;
  /** Restart= and RestartSec=. */
  readonly restarts: boolean;
  /** Units that other units or targets want. */
  readonly wants: boolean;
}

/** Draws a unit file. It varies in few options, so that clients often submit the same file or similar ones. */
export function unitFile(unit: string, random: Random, { restarts, wants }: Flavour): string {
  const comment = random.chance(0.2) ? ["# a comment"] : [];
  const head = [
    ...(random.chance(0.5) ? [`Description=${random.below(3)}`] : []),
    ...(wants && random.chance(0.3) ? [`Wants=${random.pick([...UNITS.slice(0, 3), ...EXCLUSIVE_UNITS])}`] : []),
  ];
  const restart = restarts && random.chance(0.6) ? ["Restart=on-failure", `RestartSec=${random.pick([1, 3, 5])}`] : [];
  const install = wants && random.chance(0.4) ? ["[Install]", "WantedBy=multi-user.target"] : [];
  const lines = [
    ...comment,
    ...(head.length > 0 ? ["[Unit]", ...head] : []),
    ...whatItDoes(unit, restart),
    ...install,
    "[X-Fleet]",
    ...xFleet(unit, random),
  ];
  return `${lines.join("\n")}\n`;
}

function whatItDoes(unit: string, restart: readonly string[]): readonly string[] {
  if (unit.endsWith(".timer")) return ["[Timer]", "OnActiveSec=1h"];
  if (unit.endsWith(".socket")) return ["[Socket]", "ListenStream=8080"];
  if (unit.endsWith(".path")) return ["[Path]", "PathModified=/srv"];
  const service = unit === "job.service" ? ["Type=oneshot", "ExecStart=/bin/true"] : ["ExecStart=/bin/sleep 1000"];
  return ["[Service]", ...service, ...restart];
}

function xFleet(unit: string, random: Random): string[] {
  const other = random.pick(UNITS);
  const zone = `MachineMetadata=zone=${random.pick(["a", "b"])}`;
  if (isTrigger(unit)) return trigger(unit, zone, random);
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

/** Returns the trigger's options. Mostly none, so that the trigger is placed with its unit. */
function trigger(unit: string, zone: string, random: Random): string[] {
  switch (random.below(6)) {
    case 0:
      return [zone];
    case 1:
      return EXCLUSIVE_TRIGGERS.includes(unit) ? ["Exclusive=true"] : [];
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
