/** Upper limits of the histogram buckets, in seconds: from the answer of a local store to a delay that a user notices. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
