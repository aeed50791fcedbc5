import { availableParallelism } from "node:os";

// In processes of plain Node, which strips the types itself (tsc checks them elsewhere): a sandbox for each file would
// load the same modules hundreds of times. What a file needs undone afterwards, it undoes.
export default {
  runner: ["jest-light-runner", { runtime: "child_process" }],
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // Many suites wait for child processes and for simulated time: two cores get three of them.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
};
