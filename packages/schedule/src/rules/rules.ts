import { conflictsRule } from "./conflicts.ts";
import { cordonRule } from "./cordon.ts";
import { cpuReserveRule } from "./cpu-reserve.ts";
import { diskReserveRule } from "./disk-reserve.ts";
import { execStartRule } from "./exec-start.ts";
import { machineIDRule } from "./machine-id.ts";
import { machineOfRule } from "./machine-of.ts";
import { maxPerMachineRule } from "./max-per-machine.ts";
import { maxUnitsRule } from "./max-units.ts";
import { memoryReserveRule } from "./memory-reserve.ts";
import { metadataRule } from "./metadata.ts";
import { priorityRule } from "./priority.ts";
import { replacesRule } from "./replaces.ts";
import type { Rule } from "./rule.ts";
import { triggeredByRule } from "./triggered-by.ts";

/**
 * All placement rules, in the order in which they are checked: those that look at the machine alone come first. A
 * machine fails the first rule that rejects it.
 */
export const RULES: readonly Rule[] = [
  machineIDRule,
  metadataRule,
  execStartRule,
  cordonRule,
  machineOfRule,
  triggeredByRule,
  conflictsRule,
  maxPerMachineRule,
  replacesRule,
  cpuReserveRule,
  memoryReserveRule,
  diskReserveRule,
  maxUnitsRule,
  priorityRule,
];
