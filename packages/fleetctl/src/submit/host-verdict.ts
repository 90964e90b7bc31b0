import { resolve } from "node:path";
import type { Context } from "../context.ts";

/**
 * What the systemd of this host says of local unit files. It also reports programs and units that this host lacks and
 * that the unit's machine may have, so it is asked only on request and decides nothing.
 */
export async function hostVerdict({ environment }: Context, files: readonly string[]): Promise<readonly string[]> {
  const { host, directory } = environment;
  const paths = files.map((file) => resolve(directory, file));
  const { code, output } = await host.run(["systemd-analyze", "verify", "--man=no", ...paths]);
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const said = code === 127 ? ["cannot be asked: systemd-analyze is not installed here"] : lines;
  return (said.length === 0 ? ["fine"] : said).map((line) => `this host's systemd: ${line}`);
}
