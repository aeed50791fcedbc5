import { availableParallelism } from "node:os";

// Native ES modules: the actions toolkit is ESM only. swc strips the types, tsc checks them elsewhere.
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } },
    ],
  },
  // Many suites wait for child processes and for simulated time: two cores get three of them.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // A worker grows with every suite that it loads, and collecting its garbage takes ever longer.
  workerIdleMemoryLimit: "1GB",
  testTimeout: 60_000,
};
