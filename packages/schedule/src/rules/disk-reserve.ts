import { GIB, sizeText } from "./amounts.ts";
import { reservationRule } from "./reservation-rule.ts";

/** DiskReserve=: space on the machine's file system. */
export const diskReserveRule = reservationRule("disk", "DiskReserve", "1G", 40 * GIB, sizeText);
