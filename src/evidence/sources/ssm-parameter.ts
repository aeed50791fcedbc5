import { LabelParameterVersionCommand } from "@aws-sdk/client-ssm";
import { z } from "zod";
import { headObject, readObject } from "../../vault/vault.ts";
import type { SourceContext, SourceResult } from "../context.ts";
import { type Fingerprint, fingerprint, matchesFingerprint, newSalt } from "../fingerprint.ts";
import { documentItem, documentKey, putDocument } from "../item-writer.ts";
import { sourceOf } from "../manifest.ts";
import { patiently } from "../patience.ts";
import {
  type DocumentedParameter,
  fingerprintSchema,
  type Gap,
  type ManifestItem,
  type SourceOf,
} from "../source-schema.ts";
import { type CurrentParameter, readCurrent, readHistory } from "./parameter-reader.ts";

/** The part of the document that a run which continues another reads back. */
const documentSchema = z.object({ version: z.number(), fingerprint: fingerprintSchema });

/**
 * Documents the parameter's current version: who set it and when, and a salted fingerprint for forensic comparison.
 * The value stays in SSM, encrypted; a label keeps the version from ageing out
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html).
 *
 * What adds to an earlier capture labels the version that was documented then, where that had failed; it documents a
 * version only when none was, and says so when that is not the one of the earlier capture's time.
 */
export async function collectParameter(
  context: SourceContext,
): Promise<SourceResult<SourceOf<"ssm-parameter">>> {
  const before = earlierParameter(context);
  if (before) return labelAgain(context, before);
  const current = await readCurrent(context);
  const gaps: Gap[] = writtenSince(context, current);
  const document = (await documented(context, current, gaps)) ?? (await writeDocument(context, current));
  const label = await labelVersion(context, current.version, gaps);
  const { metadata, version } = current;
  const parameter: DocumentedParameter = {
    name: context.target.parameter,
    arn: metadata.ARN ?? null,
    version,
    lastModified: (metadata.LastModifiedDate ?? new Date(0)).toISOString(),
    lastModifiedUser: metadata.LastModifiedUser ?? "unknown",
    label,
    fingerprint: document.fingerprint,
  };
  return {
    record: {
      source: "ssm-parameter",
      status: gaps.length === 0 ? "complete" : "partial",
      expected: { parameters: 1, counted: "the runbook's parameter name" },
      collected: { parameters: 1, version },
      gaps,
      parameter,
    },
    items: document.items,
  };
}

/** What an earlier capture of the chain documented. */
function earlierParameter({ earlier }: SourceContext): DocumentedParameter | undefined {
  const documented = earlier.map(({ manifest }) => sourceOf(manifest, "ssm-parameter")?.parameter);
  return documented.findLast((parameter) => parameter !== undefined && parameter !== null) ?? undefined;
}

/** The version that an earlier capture documented, labelled now; its document is there already. */
async function labelAgain(
  context: SourceContext,
  before: DocumentedParameter,
): Promise<SourceResult<SourceOf<"ssm-parameter">>> {
  const gaps: Gap[] = [];
  const label = await labelVersion(context, before.version, gaps);
  return {
    record: {
      source: "ssm-parameter",
      status: gaps.length === 0 ? "complete" : "partial",
      expected: { parameters: 1, counted: "the runbook's parameter name; documented by an earlier capture" },
      collected: { parameters: 1, version: before.version },
      gaps,
      parameter: { ...before, label },
    },
    items: [],
  };
}

/** A capture that comes late finds the current version, which need not be the one of then. */
function writtenSince(
  { earlier, target, window }: SourceContext,
  { metadata, version }: CurrentParameter,
): Gap[] {
  const at = metadata.LastModifiedDate;
  if (earlier.length === 0 || !at || at <= window.to) return [];
  const what = `${target.parameter} as it was at ${window.to.toISOString()}`;
  return [
    { what, why: `no capture had documented it when version ${version} was written, at ${at.toISOString()}` },
  ];
}

interface WrittenDocument {
  items: ManifestItem[];
  fingerprint: Fingerprint;
}

/** `ssm/<name>`, every slash of the parameter's name as two underscores. */
function documentName(context: SourceContext): string {
  return `ssm/${context.target.parameter.replaceAll("/", "__")}`;
}

async function writeDocument(
  context: SourceContext,
  { metadata, version, value }: CurrentParameter,
): Promise<WrittenDocument> {
  const print = fingerprint(value, newSalt());
  const { Name, ARN, Type, KeyId, LastModifiedDate, LastModifiedUser, Tier, DataType } = metadata;
  const items = await putDocument(context, {
    source: "ssm-parameter",
    name: documentName(context),
    uri: ARN ?? context.target.parameter,
    value: {
      name: Name,
      arn: ARN,
      type: Type,
      keyId: KeyId,
      tier: Tier,
      dataType: DataType,
      version,
      lastModified: LastModifiedDate?.toISOString(),
      lastModifiedUser: LastModifiedUser,
      fingerprint: print,
      history: await readHistory(context),
    },
  });
  return { items, fingerprint: print };
}

/** The document of this version that an interrupted run left, when there is one; its salt stays. */
async function documented(
  context: SourceContext,
  current: CurrentParameter,
  gaps: Gap[],
): Promise<WrittenDocument | undefined> {
  const items: ManifestItem[] = [];
  const source = { source: "ssm-parameter", uri: current.metadata.ARN ?? context.target.parameter };
  for (let number = 1; ; number += 1) {
    const key = documentKey(context.folder, documentName(context), number);
    const object = context.present.has(key)
      ? await patiently(context.clock, () => headObject(context.vault, key))
      : undefined;
    if (!object) return undefined;
    items.push(await documentItem(context.vault, source, object));
    const parsed = documentSchema.safeParse(JSON.parse(String(await readObject(context.vault, key))));
    if (!parsed.success) {
      gaps.push({ what: key, why: "it is not a parameter's document" });
    } else if (parsed.data.version === current.version) {
      if (!matchesFingerprint(current.value, parsed.data.fingerprint)) {
        gaps.push({ what: key, why: `its fingerprint is not that of version ${current.version}` });
      }
      return { items, fingerprint: parsed.data.fingerprint };
    }
  }
}

/**
 * Makes sure that the version carries a label of Firebreak, so that it cannot age out, and reads it back.
 *
 * A version takes ten labels at most, and one holds it as well as ten do: what an earlier incident set serves this one.
 * @returns the label; null, with a gap, when the version carries none.
 */
async function labelVersion(context: SourceContext, version: number, gaps: Gap[]): Promise<string | null> {
  const { parameter: Name } = context.target;
  // A label must not begin with a digit, `aws` or `ssm`.
  const label = `${context.incident}-v${version}`;
  const what = `label ${label} on version ${version} of ${Name}`;
  try {
    const held = await ownLabel(context, version, label);
    if (held !== undefined) return held;
    const { InvalidLabels } = await patiently(context.clock, () =>
      context.aws.ssm.send(
        new LabelParameterVersionCommand({ Name, ParameterVersion: version, Labels: [label] }),
      ),
    );
    if (InvalidLabels && InvalidLabels.length > 0) {
      gaps.push({ what, why: "SSM calls the label invalid" });
      return null;
    }
    const set = await ownLabel(context, version, label);
    if (set !== undefined) return set;
    gaps.push({ what, why: "SSM does not show the label after it was set" });
  } catch (error) {
    gaps.push({ what, why: `${(error as Error).name}: ${(error as Error).message}` });
  }
  return null;
}

/** The label that the version carries for this incident, else for another one (`INC-<number>-v<version>`). */
async function ownLabel(
  context: SourceContext,
  version: number,
  preferred: string,
): Promise<string | undefined> {
  const found = (await readHistory(context)).find(({ Version }) => Version === version);
  const form = new RegExp(`^INC-\\d+-v${version}$`);
  const labels = (found?.Labels ?? []).filter((label) => form.test(label));
  return labels.find((label) => label === preferred) ?? labels[0];
}
