import { etcdMetrics } from "./etcd-metrics.ts";

/** The store's cost of some work, per item. */
export interface StoreCost {
  readonly calls: number;
  readonly keysWritten: number;
  readonly fsyncs: number;
  readonly eventsSent: number;
  readonly bytes: number;
}

/** Runs the work and returns its cost, from etcd's own metrics. */
export async function storeCost(metricsURL: string, things: number, work: () => Promise<unknown>): Promise<StoreCost> {
  const before = await read(metricsURL);
  await work();
  const after = await read(metricsURL);
  const each = (name: keyof StoreCost): number => (after[name] - before[name]) / things;
  return {
    calls: each("calls"),
    keysWritten: each("keysWritten"),
    fsyncs: each("fsyncs"),
    eventsSent: each("eventsSent"),
    bytes: each("bytes"),
  };
}

async function read(metricsURL: string): Promise<StoreCost> {
  const metrics = await etcdMetrics(metricsURL);
  const sum = (name: string, label?: string): number => metrics.sum(name, label);
  return {
    calls: sum("grpc_server_started_total", 'grpc_service="etcdserverpb.KV"'),
    keysWritten: sum("etcd_debugging_mvcc_put_total"),
    fsyncs: sum("etcd_disk_wal_fsync_duration_seconds_count"),
    eventsSent: sum("etcd_debugging_mvcc_events_total"),
    bytes: sum("etcd_network_client_grpc_received_bytes_total") + sum("etcd_network_client_grpc_sent_bytes_total"),
  };
}
