import { coresText } from "./amounts.ts";
import { reservationRule } from "./reservation-rule.ts";

/** CPUReserve=: cores of the machine. */
export const cpuReserveRule = reservationRule("cpu", "CPUReserve", "1", 1000, coresText);
