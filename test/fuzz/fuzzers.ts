import { apiFuzzer } from "./api/api-fuzzer.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { storeFuzzer } from "./store/store-fuzzer.ts";
import { unitFileFuzzer } from "./unit-files/unit-file-fuzzer.ts";

/** Every fuzzer, in the order in which the help lists them. */
export const fuzzers: readonly Fuzzer[] = [apiFuzzer, storeFuzzer, unitFileFuzzer];
