const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Bytes to the base of 1024, as systemd writes sizes, with at most one decimal, rounded down. */
export function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${Math.floor((bytes / 1024 ** power) * 10) / 10}${UNITS[power]}`;
}
