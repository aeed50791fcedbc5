import { cp, glob, mkdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Replacement } from "../replacements.ts";

/** actions/upload-artifact: copies the files into the drill's folder for artifacts, under the artifact's name. */
export const uploadArtifact: Replacement = {
  inputs: {
    name: "artifact",
    path: "",
    "if-no-files-found": "warn",
    "retention-days": "",
    "include-hidden-files": "false",
    overwrite: "false",
  },
  async run({ inputs, workspace, artifactsDir, log, warning, setOutput }) {
    const name = inputs.name ?? "artifact";
    if (/["/\\:<>|*?\r\n]/.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
    if (!inputs.path) throw new Error("Input required and not supplied: path");
    const files = await matchingFiles(workspace, inputs.path, inputs["include-hidden-files"] === "true");
    if (files.length === 0) {
      const message = `No files were found with the provided path: ${inputs.path}. No artifacts will be uploaded.`;
      if (inputs["if-no-files-found"] === "error") throw new Error(message);
      if (inputs["if-no-files-found"] === "ignore") log(message);
      else warning(message);
      return;
    }
    if (artifactsDir !== null) {
      for (const file of files) {
        const target = join(artifactsDir, name, relative(workspace, file));
        await mkdir(dirname(target), { recursive: true });
        await cp(file, target);
      }
    }
    log(`Artifact ${name} has been successfully uploaded with ${files.length} file(s)`);
    setOutput("artifact-id", "1");
  },
};

/** Files inside the workspace that the patterns name; a folder stands for everything in it. */
async function matchingFiles(workspace: string, patterns: string, hidden: boolean): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)) {
    for await (const match of glob([pattern, join(pattern, "**")], { cwd: workspace })) {
      const path = relative(workspace, join(workspace, match));
      const isHidden = path.split("/").some((segment) => segment.startsWith("."));
      if (path.startsWith("..") || (isHidden && !hidden)) continue;
      if ((await stat(join(workspace, path))).isFile()) files.add(join(workspace, path));
    }
  }
  return [...files].sort();
}
