export const GIB = 1024 ** 3;

const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Thousandths of a core as people write them: "1500" is "1.5 cores". */
export function coresText(thousandths: number): string {
  return thousandths === 1000 ? "1 core" : `${thousandths / 1000} cores`;
}

/** Bytes as systemd writes sizes, to the base of 1024, with at most one decimal, rounded down: "1.5G". */
export function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${Math.floor((bytes / 1024 ** power) * 10) / 10}${UNITS[power]}`;
}
