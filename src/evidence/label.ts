import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { IncidentFacts } from "../incident/entries.ts";
import { sha256 } from "../vault/digest.ts";
import { putOnce, readObject, type Vault } from "../vault/vault.ts";
import { labelKey, type Manifest } from "./manifest.ts";

const filled = z.string().trim().min(1);

/** The label of preserved evidence. The runbook asks for three things: incident date, description, exporter's name. */
export const labelSchema = z.object({
  schema: z.literal("firebreak/label/v1"),
  incident: filled,
  capture: filled,
  /** When the incident was noticed, UTC. */
  incidentDate: z.iso.datetime({ offset: true }),
  description: filled,
  exportedBy: z.object({ login: filled, name: filled }),
  exportedAt: z.iso.datetime({ offset: true }),
  severity: z.string(),
  type: z.string(),
  environment: z.string(),
  mcp: z.string(),
});

export type Label = z.infer<typeof labelSchema>;

/** Makes a capture's label from the incident's facts. */
export function makeLabel(args: {
  incident: string;
  capture: string;
  facts: IncidentFacts;
  exportedBy: Label["exportedBy"];
  now: Date;
}): Label {
  const { facts } = args;
  const description = [facts.summary, facts.description].filter((part) => part.trim() !== "").join("\n\n");
  return {
    schema: "firebreak/label/v1",
    incident: args.incident,
    capture: args.capture,
    incidentDate: facts.detectedAt,
    description,
    exportedBy: args.exportedBy,
    exportedAt: args.now.toISOString(),
    severity: facts.severity,
    type: facts.type,
    environment: facts.environment,
    mcp: facts.mcp,
  };
}

/**
 * Writes the label, or keeps the one that an interrupted run of the same capture wrote.
 * @throws FirebreakError `label-broken` when something else lies there.
 */
export async function writeLabel(vault: Vault, label: Label): Promise<Manifest["label"]> {
  const key = labelKey(label.incident, label.capture);
  const bytes = `${JSON.stringify(labelSchema.parse(label), null, 2)}\n`;
  const { created, object } = await putOnce(vault, key, bytes, { contentType: "application/json" });
  if (created) return { key, versionId: object.versionId, sha256: sha256(bytes) };
  const existing = await readObject(vault, key);
  const parsed = labelSchema.safeParse(parseJson(existing));
  if (
    !existing ||
    !parsed.success ||
    parsed.data.incident !== label.incident ||
    parsed.data.capture !== label.capture
  ) {
    throw new FirebreakError(
      "label-broken",
      `s3://${vault.bucket}/${key} is not the label of this capture.`,
      `Preserve anew, which makes a capture of its own: ${preserveCommand({ id: label.incident, target: label })}`,
    );
  }
  return { key, versionId: object.versionId, sha256: sha256(existing) };
}

function parseJson(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}
