export interface EtcdMetrics {
  /** Returns the sum of all series of this name whose labels contain `label`. */
  sum(name: string, label?: string): number;
}

/** Reads etcd's own metrics (https://etcd.io/docs/v3.4/metrics/). */
export async function etcdMetrics(url: string): Promise<EtcdMetrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n");
  return {
    sum: (name, label = "") => {
      const series = lines.filter((line) => isOf(line, name) && line.includes(label));
      return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
    },
  };
}

function isOf(line: string, name: string): boolean {
  return line.startsWith(`${name} `) || line.startsWith(`${name}{`);
}
