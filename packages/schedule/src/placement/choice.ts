/** Why a unit gets this machine rather than another. */
export type Choice =
  | { readonly by: "least-loaded"; readonly units: number }
  | { readonly by: "copy-running" }
  | { readonly by: "replaces"; readonly unit: string }
  | { readonly by: "global" };
