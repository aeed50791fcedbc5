import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunContext } from "./run-context.ts";

/** A job's own folders, laid out as on a hosted runner. */
export interface JobFolders {
  root: string;
  workspace: string;
  temp: string;
  toolCache: string;
  home: string;
  eventPath: string;
  runnerName: string;
  /** https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#runner-context */
  runnerContext: Readonly<Record<string, string>>;
}

export async function createJobFolders(run: RunContext, jobId: number): Promise<JobFolders> {
  const [, repository = "repository"] = run.host.repository.split("/");
  const root = join(run.workDir, `job-${jobId}`);
  const folders = {
    root,
    workspace: join(root, "work", repository, repository),
    temp: join(root, "work", "_temp"),
    toolCache: join(root, "toolcache"),
    home: join(root, "home"),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  const eventPath = join(folders.temp, "event.json");
  await writeFile(eventPath, JSON.stringify(run.eventPayload, null, 2));
  const runnerName = `GitHub Actions ${jobId}`;
  const runnerContext = {
    os: "Linux",
    arch: process.arch === "arm64" ? "ARM64" : "X64",
    name: runnerName,
    environment: "github-hosted",
    temp: folders.temp,
    tool_cache: folders.toolCache,
    workspace: join(root, "work", repository),
  };
  return { ...folders, eventPath, runnerName, runnerContext };
}

export async function removeJobFolders(folders: JobFolders): Promise<void> {
  await rm(folders.root, { recursive: true, force: true, maxRetries: 5 });
}
