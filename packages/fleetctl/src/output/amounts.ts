import { sizeText } from "./size-text.ts";

/** Amounts of a machine's resources, as one word: `cpu=1.5,memory=3.8G`. A dash for none. */
export function amountsText({ cpu, memory, disk }: Amounts = {}): string {
  const parts = [
    ...(cpu === undefined ? [] : [`cpu=${cpu / 1000}`]),
    ...(memory === undefined ? [] : [`memory=${sizeText(memory)}`]),
    ...(disk === undefined ? [] : [`disk=${sizeText(disk)}`]),
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
