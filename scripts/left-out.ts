/**
 * In the bundle, instead of what fastify loads on demand and nothing of ours demands: its compilers for schemas (a
 * tenth of fleetd's text), and requests that are made up for tests.
 */
throw new Error("This part of fastify is not in the bundle: see scripts/build.ts.");
