import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { FirebreakError } from "../errors.ts";

/**
 * The rotation command's folder as a real path inside the checked-out repository.
 * @throws FirebreakError when it is missing, no folder, or leads out of the repository, by `..` or by a symbolic link.
 */
export async function rotationFolder(workspace: string, folder: string): Promise<string> {
  const root = await realpath(workspace);
  let real: string;
  try {
    real = await realpath(resolve(root, folder));
  } catch (cause) {
    throw unusable("rotation-folder-missing", folder, "does not exist in the checked-out repository", cause);
  }
  const path = relative(root, real);
  if (path === "" || path === ".." || path.startsWith(`..${sep}`)) {
    throw unusable("rotation-folder-escapes", folder, "does not lie inside the checked-out repository");
  }
  if (!(await stat(real)).isDirectory()) {
    throw unusable("rotation-folder-missing", folder, "is not a folder");
  }
  return real;
}

function unusable(reason: string, folder: string, problem: string, cause?: unknown): FirebreakError {
  return new FirebreakError(
    reason,
    `The rotation command's folder ${folder} ${problem}.`,
    "Check naming.folder in the runbook, and that the job checks the repository out.",
    { cause },
  );
}
