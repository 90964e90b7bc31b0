/**
 * A replacement in the bundle for parts of fastify that fleetd never loads: the schema compilers (a tenth of fleetd's
 * text) and the injection of test requests.
 */
throw new Error("This part of fastify is not in the bundle: see scripts/build.ts.");
