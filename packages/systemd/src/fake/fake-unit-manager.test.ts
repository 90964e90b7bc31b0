import { unitManagerContract } from "../contract/index.ts";
import { FakeHarness } from "./fake-harness.ts";

unitManagerContract("the fake", async () => new FakeHarness());
