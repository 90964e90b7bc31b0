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

/** Returns the number of keys that begin with `prefix`, by etcd's gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). */
export async function countKeys(url: string, prefix: string): Promise<number> {
  const end = Buffer.from(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  const body = JSON.stringify({ key: btoa(prefix), range_end: end.toString("base64"), count_only: true });
  const response = await fetch(`${url}/v3/kv/range`, { method: "POST", body });
  const { count = "0" } = (await response.json()) as { readonly count?: string };
  return Number(count);
}
