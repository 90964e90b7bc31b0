import { isTrigger } from "@flotilla/unit";
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

/** Those that start one of the others. */
export const TRIGGERS: readonly string[] = ["a.timer", "b.socket", "job.path"];

/** Those that start one that is exclusive. */
export const EXCLUSIVE_TRIGGERS: readonly string[] = ["one.timer", "two.socket"];

/** What some histories have in their unit files, beside what all have. */
export interface Flavour {
  /** Timers, sockets and paths. */
  readonly triggers: boolean;
  /** Restart= and RestartSec=. */
  readonly restarts: boolean;
  /** Units that targets or other units want. */
  readonly wants: boolean;
}

/** A unit file for one of them: few enough options that two clients often mean the same, or nearly. */
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

/** Mostly plain, so that it goes where its unit goes. */
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
