import { etcdMetrics } from "./etcd-metrics.ts";

/** What a piece of work has cost the store, for each of the things that were done. */
export interface StoreCost {
  readonly calls: number;
  readonly keysWritten: number;
  readonly fsyncs: number;
  readonly eventsSent: number;
  readonly bytes: number;
}

/** Does the work and counts what etcd did for it, by etcd's own metrics. */
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
