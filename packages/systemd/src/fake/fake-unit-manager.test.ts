import { unitManagerContract } from "../contract/index.ts";
import { FakeHarness } from "../fixture/fake-harness.ts";

unitManagerContract("the fake", async () => new FakeHarness());
