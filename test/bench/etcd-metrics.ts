export interface EtcdMetrics {
  /** The sum over all series of this name whose labels hold `label`. */
  sum(name: string, label?: string): number;
}

/** etcd's own metrics as they are now (https://etcd.io/docs/v3.4/metrics/). */
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
