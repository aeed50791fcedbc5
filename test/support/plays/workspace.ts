/** The repository that a play's jobs have checked out, and the commands that they find. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { prepareStandIns, type Repository } from "../../../drill/scenario/repository.ts";
import type { Scenario } from "../../../drill/scenario/schema.ts";
import { checkRunbook } from "../../../src/runbook/check.ts";
import type { Runbook } from "../../../src/runbook/schema.ts";

const ROOT = join(import.meta.dirname, "../../..");
const STAND_INS = join(ROOT, "drill/stand-ins");

export class Workspace {
  readonly root = mkdtempSync(join(tmpdir(), "firebreak-workspace-"));
  #standIns: Repository | null = null;

  static async of({ files, stand_ins }: Scenario, runbook: (text: string) => string): Promise<Workspace> {
    const workspace = new Workspace();
    // A copy: the repository's own may be written while a long test runs.
    copyFileSync(join(ROOT, "runbook.yml"), join(workspace.root, "runbook.yml"));
    cpSync(join(ROOT, "policies"), join(workspace.root, "policies"), { recursive: true });
    workspace.edit("runbook.yml", runbook);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workspace.root, name)), { recursive: true });
      writeFileSync(join(workspace.root, name), text);
    }
    const scripts = Object.entries(stand_ins).map(([name, file]) => [name, join(STAND_INS, file)] as const);
    workspace.#standIns = await prepareStandIns(new Map(scripts));
    return workspace;
  }

  runbook(): Runbook {
    const { runbook, errors } = checkRunbook(readFileSync(join(this.root, "runbook.yml"), "utf8"));
    if (!runbook) throw new Error(`the runbook is not valid: ${JSON.stringify(errors)}`);
    return runbook;
  }

  get path(): string {
    return [this.#standIns?.root ?? "", process.env.PATH ?? ""].filter((folder) => folder !== "").join(":");
  }

  edit(path: string, change: (text: string) => string): void {
    const file = join(this.root, path);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  async close(): Promise<void> {
    await this.#standIns?.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}
