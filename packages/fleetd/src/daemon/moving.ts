import { systemClock } from "@flotilla/runtime";
import type { StoreMove } from "@flotilla/registry";
import type { LeaseCalls, Store } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { openBareStore, openStore, type StoreDeps } from "../member/open-store.ts";
import { followMove } from "../move/follow-move.ts";
import { StoreMover } from "../move/store-mover.ts";
import { defaultStorePath, storeName, storeTarget, type StoreTarget } from "../move/store-target.ts";
import type { Shell } from "./shell.ts";

/** How long completing a move may take before it is tried again, milliseconds. */
const FOLLOW_LIMIT_MS = 10_000;

/** The least time limit of one request to etcd in a move, milliseconds: someone waits for it, and a full store may be slow. */
const LEAST_REQUEST_LIMIT_MS = 5_000;

type Common = Pick<Shell, "log" | "paths" | "sources">;

/** Creates the part that moves the cluster to another store. */
export function createMover(shell: Common, machineID: string): StoreMover {
  const { log, paths } = shell;
  const defaultPath = defaultStorePath(paths.stateDirectory);
  return new StoreMover({
    machineID,
    defaultPath,
    clock: systemClock,
    log: log.child({ part: "move" }),
    targetOf: (text) => targetOf(shell, text),
    open: async (config) => (await openStore(patient(config), defaultPath, storeDeps(shell))).store,
    openBare: (config) => openBare(shell, config),
  });
}

/**
 * Completes a move of the store that this machine has made.
 * @returns the configuration with the other store.
 * @throws the errors of `followMove`.
 */
export async function completeMove(shell: Shell, mover: StoreMover, move: StoreMove): Promise<FleetdConfig> {
  const former = storeName(shell.config, defaultStorePath(shell.paths.stateDirectory));
  const config = await followMove(
    move,
    {
      targetOf: (text) => targetOf(shell, text),
      openBare: (each) => openBare(shell, each),
      file: shell.sources.file,
      log: shell.log.child({ part: "move" }),
    },
    AbortSignal.timeout(FOLLOW_LIMIT_MS),
  );
  mover.noteDone(former, move.other);
  return config;
}

function targetOf({ sources, paths }: Common, text: string): Promise<StoreTarget> {
  return storeTarget(text, sources, defaultStorePath(paths.stateDirectory));
}

async function openBare(shell: Common, config: FleetdConfig): Promise<Store & LeaseCalls> {
  return (await openBareStore(patient(config), defaultStorePath(shell.paths.stateDirectory), storeDeps(shell))).store;
}

function patient(config: FleetdConfig): FleetdConfig {
  return { ...config, etcd_request_timeout: Math.max(config.etcd_request_timeout, LEAST_REQUEST_LIMIT_MS) };
}

/** No lease is held meanwhile, so no renewal is observed. */
function storeDeps({ log }: Common): StoreDeps {
  return { clock: systemClock, random: Math.random, log: log.child({ part: "store" }), onRenewal: () => {} };
}
