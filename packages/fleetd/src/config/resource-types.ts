import { parseCores, parseSize } from "@flotilla/model";
import * as z from "zod";

/** The largest factor of overcommitment. A larger one is a typing error, such as a percentage. */
const LARGEST_FACTOR = 100;

/** A number of cores as in CPUReserve= of [X-Fleet]; the result is in thousandths of a core. */
export const cores = z.string().transform((value, context) => {
  const thousandths = parseCores(value);
  if (thousandths !== undefined) return thousandths;
  context.addIssue('must be a number of cores such as "2", "0.5" or "150%" (of one core)');
  return z.NEVER;
});

/** A size as in MemoryReserve= of [X-Fleet]; the result is in bytes. */
export const size = z.string().transform((value, context) => {
  const bytes = parseSize(value);
  if (bytes !== undefined) return bytes;
  context.addIssue('must be a size such as "512M" or "2G"');
  return z.NEVER;
});

/** A factor of overcommitment: 1.5 promises units half as much again as the machine has. */
export const factor = z.string().transform((value, context) => {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0 && number <= LARGEST_FACTOR) return number;
  context.addIssue(`must be a factor above 0 and up to ${LARGEST_FACTOR}, such as "1.5"`);
  return z.NEVER;
});
