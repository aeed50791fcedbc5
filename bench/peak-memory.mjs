// Preload for a measured child process: writes its peak resident memory (in KiB) to a file as it ends.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  if (process.env.BENCH_PEAK_FILE)
    writeFileSync(process.env.BENCH_PEAK_FILE, String(process.resourceUsage().maxRSS));
});
