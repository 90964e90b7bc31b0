import { limits } from "../limits.ts";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import { editMetadataBody, machineParams } from "./machine-requests.ts";
import { noBody, noQuery } from "./requests.ts";
import type { Route } from "./route.ts";

/** The routes about one machine. */
export const machineRoutes = {
  removeMachine: {
    ...v2Endpoints.removeMachine,
    needs: ["remove-machine"],
    summary: "End a machine's membership: its units move, its certificate is refused. The machine may be away.",
    params: machineParams,
    query: noQuery,
    body: noBody,
    answers: { 204: null },
    errors: ["machine-not-found", "ambiguous-machine", "machine-is-server", "conflict"],
  },
  editMachineMetadata: {
    ...v2Endpoints.editMachineMetadata,
    needs: ["metadata"],
    summary: "Set, remove and reset metadata of a machine, which need not be in the cluster.",
    params: machineParams,
    query: noQuery,
    body: editMetadataBody,
    bodyLimit: limits.metadataBodyBytes,
    answers: { 204: null },
    errors: [
      "bad-json",
      "bad-request",
      "machine-not-found",
      "ambiguous-machine",
      "conflict",
      "metadata-vouched",
      "body-too-large",
      "settings-too-large",
      "unsupported-media-type",
    ],
  },
  forgetMachineMetadata: {
    ...v2Endpoints.forgetMachineMetadata,
    needs: ["metadata"],
    summary: "Reset all metadata of a machine, for example of a machine that will not return.",
    params: machineParams,
    query: noQuery,
    body: noBody,
    answers: { 204: null },
    errors: ["machine-not-found", "ambiguous-machine", "conflict"],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
