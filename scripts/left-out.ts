/**
 * Replaces parts of fastify in the bundle that fleetd never loads: the schema compilers (a tenth of the bundle's size)
 * and the injection of test requests.
 */
throw new Error("This part of fastify is not in the bundle: see scripts/build.ts.");
