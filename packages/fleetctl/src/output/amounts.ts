const UNITS = ["B", "K", "M", "G", "T", "P"];

/** Amounts of a machine's resources, as one word: `cpu=1.5,memory=3.8G`. A dash for none. */
export function amountsText({ cpu, memory, disk }: Amounts = {}): string {
  const parts = [
    ...(cpu === undefined ? [] : [`cpu=${cpu / 1000}`]),
    ...(memory === undefined ? [] : [`memory=${size(memory)}`]),
    ...(disk === undefined ? [] : [`disk=${size(disk)}`]),
  ];
  return parts.join(",") || "-";
}

interface Amounts {
  /** Thousandths of a core. */
  readonly cpu?: number | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Bytes. */
  readonly disk?: number | undefined;
}

/** Bytes to the base of 1024, as systemd writes sizes, with at most one decimal, rounded down. */
function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${Math.floor((bytes / 1024 ** power) * 10) / 10}${UNITS[power]}`;
}
