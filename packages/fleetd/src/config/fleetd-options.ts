import { isEtcdEndpoint } from "@flotilla/store/etcd/address";
import { MACHINE_LIFE_MS } from "@flotilla/membership";
import * as z from "zod";
import { parseListenAddress } from "../http/listen-address.ts";
import { parseServerAddress } from "@flotilla/membership/client";
import { duration, flag, fraction, integer, keyPrefix, listOf, metadata, seconds, text } from "./option-types.ts";
import { cores, factor, size } from "./resource-types.ts";

const etcdServers = listOf(
  (item) => (isEtcdEndpoint(item) ? item : undefined),
  "endpoints such as http://10.0.0.1:2379, https://10.0.0.1:2379 or unix:///run/etcd.sock",
);
const addresses = listOf(parseListenAddress, "addresses such as unix:///run/fleet.sock or tcp://127.0.0.1:49153");

const tcpAddresses = listOf((item) => {
  const address = parseListenAddress(item);
  return address?.kind === "tcp" ? address : undefined;
}, "addresses such as tcp://127.0.0.1:9100");

const servers = listOf(parseServerAddress, "servers such as 10.0.0.1 or s1.example.org:7333");

/** The largest number of machines, and of entries on a page of an answer. */
const LARGEST_COUNT = 10_000;

const MOST_EVENTS = 100_000;

/**
 * Every option of fleetd: its name in fleet.conf, the form of its value, and its default.
 * The names and defaults of fleet 1.0 (fleet.conf.sample) come first, then the options that fleet does not have.
 */
export const fleetdOptions = z.strictObject({
  verbosity: integer(0, 2).default(0),
  etcd_servers: etcdServers.default(["http://127.0.0.1:2379"]),
  etcd_request_timeout: seconds.default(1000),
  etcd_cafile: text.default(""),
  etcd_certfile: text.default(""),
  etcd_keyfile: text.default(""),
  etcd_username: text.default(""),
  etcd_password: text.default(""),
  etcd_key_prefix: keyPrefix.default("/_coreos.com/fleet/"),
  public_ip: text.default(""),
  metadata: metadata.default({ pairs: {}, ignored: [] }),
  agent_ttl: duration(1_000).default(30_000),
  engine_reconcile_interval: seconds.default(2000),
  token_limit: integer(1, LARGEST_COUNT).default(100),
  disable_engine: flag.default(false),
  /** A server that runs no units. */
  disable_agent: flag.default(false),
  /** Accepted for compatibility with fleet, without effect: watches are cheap here. */
  disable_watches: flag.default(false),
  /** Accepted for compatibility with fleet, without effect. */
  enable_grpc: flag.default(false),
  /** Accepted for compatibility with fleet, without effect. */
  authorized_keys_file: text.default(""),
  /** Options of fleet before 1.0; only their default values are accepted. */
  verify_units: flag
    .refine((value) => !value, "cannot be true: fleet itself removed signed units; remove the option")
    .default(false),
  units_directory: z.literal(["/run/fleet/units", "/run/fleet/units/"], 'must be "/run/fleet/units/"').optional(),
  systemd_user: flag.refine((value) => !value, "cannot be true: start fleetd with --user instead").default(false),

  /** The servers of an agent. Without this option, the daemon is a server. */
  servers: servers.default([]),
  store: z.enum(["etcd", "embedded"], 'must be "etcd" or "embedded"').default("etcd"),
  store_path: text.default(""),
  /** A share of the machines. If more vanish within one agent_ttl, the leader holds their units. 1 disables holds. */
  mass_loss_share: fraction.default(0.5),
  mass_loss_least: integer(1, LARGEST_COUNT).default(3),
  mass_loss_hold: duration(1_000).default(600_000),
  /**
   * How long exclusive units may take to stop after the machine's lease has ended. The leader waits for this time, too.
   */
  exclusive_stop_limit: duration(1_000).default(10_000),
  /** How many events the leader keeps, about, and for how long. */
  events_kept: integer(1, MOST_EVENTS).default(10_000),
  events_kept_for: duration(60_000).default(604_800_000),
  /** The key of the cluster's secrets, the same on every server. Default: secrets.key in the state directory. */
  secrets_keyfile: text.default(""),
  /** How long the certificates last that this server makes for machines. Default: 30 days. */
  certificate_life: duration(60_000).default(MACHINE_LIFE_MS),
  /** The cluster's strategy, for units without their own. */
  strategy: z.enum(["spread", "pack"], 'must be "spread" or "pack"').default("spread"),
  /** What the machine keeps for the system. Units cannot reserve it. */
  reserve_cpu: cores.optional(),
  reserve_memory: size.optional(),
  reserve_disk: size.optional(),
  /** By how much reservations may exceed what the machine has. */
  overcommit_cpu: factor.optional(),
  overcommit_memory: factor.optional(),
  /** 0: no limit. */
  max_units: integer(0, LARGEST_COUNT).default(0),
  listen: addresses.default([]),
  /** Plain TCP listeners without authentication, as in fleet. */
  insecure_api: flag.default(false),
  api_certfile: text.default(""),
  api_keyfile: text.default(""),
  api_clientcafile: text.default(""),
  metrics_listen: tcpAddresses.default([]),
  peer_port: integer(0, 65_535).default(7333),
});

/** The configuration of fleetd; times in milliseconds. */
export type FleetdConfig = Readonly<z.infer<typeof fleetdOptions>>;

export type OptionName = keyof FleetdConfig;

export const optionNames = Object.keys(fleetdOptions.shape) as readonly OptionName[];
