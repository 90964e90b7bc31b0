/** An order of texts that is the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
