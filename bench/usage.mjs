// Preload for a measured child process: as it ends it writes down what the operating system says that it used, its peak
// resident memory in KiB and its processor time in microseconds.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  if (!process.env.BENCH_USAGE_FILE) return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(process.env.BENCH_USAGE_FILE, JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime }));
});
