import { GIB, sizeText } from "./amounts.ts";
import { reservationRule } from "./reservation-rule.ts";

/** MemoryReserve=: memory of the machine. */
export const memoryReserveRule = reservationRule("memory", "MemoryReserve", "1G", 4 * GIB, sizeText);
