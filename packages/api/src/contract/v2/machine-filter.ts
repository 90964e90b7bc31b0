import * as z from "zod";
import { MACHINE_NAMES } from "./machine-requests.ts";

export const machineFilter = z
  .string()
  .min(1)
  .optional()
  .meta({ description: `Only this machine. ${MACHINE_NAMES}` });
