/** Log downloads: one text file a job, in a ZIP archive for a whole run. */
import type { StoredJob } from "./run-store.ts";
import type { Download } from "./signed-links.ts";
import { zip } from "./zip.ts";

/** Job names may hold what file names may not. */
function fileName(name: string): string {
  return name.replaceAll(/[<>:"/\\|?*\p{Cc}]/gu, "_").replace(/^\.+/, "_");
}

export function jobLog(job: StoredJob): Download {
  return {
    contentType: "text/plain; charset=utf-8",
    fileName: `${fileName(job.record.name)}.txt`,
    body: Buffer.from(job.log ?? "", "utf8"),
  };
}

/** An archive named like GitHub's, `0_declare.txt` and so on; a job that printed nothing has no file. */
export function runArchive(runId: number, jobs: readonly StoredJob[], now: number): Download {
  const entries = jobs
    .filter((job) => job.log !== null)
    .map((job, index) => ({
      name: `${index}_${fileName(job.record.name)}.txt`,
      content: Buffer.from(job.log ?? "", "utf8"),
      modifiedAt: job.record.completedAt ?? now,
    }));
  return { contentType: "application/zip", fileName: `logs_${runId}.zip`, body: zip(entries) };
}
